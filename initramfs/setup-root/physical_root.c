/* See physical_root.h. */
#include "physical_root.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "beneath.h"
#include "mount_api.h"
#include "system_error.h"

/* Mounts may lie upon each other at the target. */
#define LAYERS_MAX 16
/* Only root may pass: there are old contents of setuid programs below, and everybody's state. */
#define PHYSICAL_MODE 0700

static bool make_directory(const char *path, mode_t mode, struct why *why) {
    if (mkdir(path, mode) == 0 || errno == EEXIST) return true;
    return refuse_errno(why, WHAT_KERNEL, path);
}

static bool mount_work_place(struct boot *boot, struct why *why) {
    static const struct mount_option options[] = {{"source", "rootseal"}, {"mode", "0700"}, {"size", "1m"}};
    const struct file_system memory = {"tmpfs", 3, options, ATTR_NOSUID | ATTR_NODEV | ATTR_NOEXEC};
    if (!make_directory("/run/rootseal", 0755, why) || !make_directory(WORK_PATH, 0700, why)) return false;
    int place = open(WORK_PATH, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (place == -1) return refuse_errno(why, WHAT_KERNEL, WORK_PATH);
    boot->work = mount_create(&memory, why);
    bool is_attached = boot->work != -1 && mount_attach(boot->work, place, WORK_PATH, why);
    close(place);
    return is_attached;
}

static bool move_physical_root(struct boot *boot, struct why *why) {
    if (mkdirat(boot->work, "physical", 0700) == -1) return refuse_errno(why, WHAT_KERNEL, PHYSICAL_PATH);
    int place = open_beneath(boot->work, "physical", O_PATH | O_DIRECTORY, LINKS_REFUSED);
    boot->physical = open(boot->target, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (place == -1 || boot->physical == -1) return refuse_errno(why, WHAT_ROOT_PARTITION, boot->target);
    bool is_moved = mount_attach(boot->physical, place, PHYSICAL_PATH, why);
    int error = errno;
    close(place);
    if (is_moved || error != EINVAL) return is_moved;
    return refuse(why, WHAT_ROOT_PARTITION, "nothing is mounted at %s", boot->target);
}

bool take_physical_root(struct boot *boot, struct why *why) {
    return mount_make_all_private(why) && mount_work_place(boot, why) && move_physical_root(boot, why);
}

void abandon_mounts(const struct boot *boot) {
    if (mount_detach(WORK_PATH)) rmdir(WORK_PATH);
    for (int i = 0; i < LAYERS_MAX && mount_detach(boot->target); i++) continue;
}

/* The file system's own root directory is what others see at the mount point. */
static bool keep_others_out(const struct boot *boot, struct why *why) {
    struct stat status;
    if (fstat(boot->physical, &status) == -1) return refuse_errno(why, WHAT_FILE_SYSTEM, "/sysroot");
    if ((status.st_mode & 07777) == PHYSICAL_MODE || fchmod(boot->physical, PHYSICAL_MODE) == 0) return true;
    /* Where nothing of the state is used, the file system may be one that cannot be written. */
    return errno == EROFS || refuse_errno(why, WHAT_FILE_SYSTEM, "mode of /sysroot");
}

bool place_physical_root(struct boot *boot, struct why *why) {
    int place = open_beneath(boot->root, "sysroot", O_PATH | O_DIRECTORY, LINKS_REFUSED);
    if (place == -1) return refuse_path(why, WHAT_IMAGE, "its directory /sysroot");
    bool is_placed = keep_others_out(boot, why) &&
                     mount_restrict(boot->physical, ATTR_RDONLY | ATTR_NOSUID | ATTR_NODEV, why) &&
                     mount_attach(boot->physical, place, "/sysroot", why);
    close(place);
    return is_placed;
}

bool deliver_root(struct boot *boot, struct why *why) {
    int place = open(boot->target, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (place == -1) return refuse_errno(why, WHAT_KERNEL, boot->target);
    bool is_delivered = mount_attach(boot->root, place, boot->target, why);
    close(place);
    if (!is_delivered) return false;
    if (!mount_detach(WORK_PATH) || rmdir(WORK_PATH) == -1) return refuse_errno(why, WHAT_KERNEL, WORK_PATH);
    return true;
}
