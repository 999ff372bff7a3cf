/* See work_place.h. */
#include "work_place.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "beneath.h"
#include "mount_api.h"
#include "system_error.h"

bool attach_in_work_place(const struct boot *boot, int mount, const char *name, struct why *why) {
    if (mkdirat(boot->work, name, 0700) == -1) return refuse_errno(why, WHAT_KERNEL, WORK_PATH);
    int place = open_beneath(boot->work, name, O_PATH | O_DIRECTORY, LINKS_REFUSED);
    if (place == -1) return refuse_errno(why, WHAT_KERNEL, WORK_PATH);
    bool is_attached = mount_attach(mount, place, WORK_PATH, why);
    close(place);
    return is_attached;
}

int mount_memory(const char *source, unsigned attributes, struct why *why) {
    const struct mount_option options[] = {{"source", source}, {"mode", "0755"}};
    return mount_create(&(struct file_system){"tmpfs", 2, options, attributes}, why);
}

static int open_made(int directory, const char *name, mode_t mode, struct why *why) {
    int made = -1;
    if (mkdirat(directory, name, mode) == 0 || errno == EEXIST)
        made = open_beneath(directory, name, O_PATH | O_DIRECTORY, LINKS_REFUSED);
    if (made == -1) refuse_path(why, WHAT_STATE, name);
    return made;
}

/* The merged directory has mode and owner of the upper one. */
static bool look_like_lower(int directory, const struct layers *layers, struct why *why) {
    struct stat lower;
    if (fstat(layers->lower, &lower) == 0 && fchownat(directory, "upper", lower.st_uid, lower.st_gid, 0) == 0 &&
        fchmodat(directory, "upper", lower.st_mode & 07777, 0) == 0)
        return true;
    return refuse_errno(why, WHAT_STATE, "upper");
}

bool open_upper(int directory, struct layers *layers, struct why *why) {
    struct stat status;
    bool is_new = fstatat(directory, "upper", &status, AT_SYMLINK_NOFOLLOW) == -1;
    layers->upper = open_made(directory, "upper", 0755, why);
    layers->work = open_made(directory, "work", 0700, why);
    return layers->upper != -1 && layers->work != -1 && (!is_new || look_like_lower(directory, layers, why));
}

void close_upper(struct layers *layers) {
    if (layers->upper != -1) close(layers->upper);
    if (layers->work != -1) close(layers->work);
}

bool make_transient_upper(const struct boot *boot, const char *name, struct layers *layers, struct why *why) {
    int memory = mount_memory("rootseal", 0, why);
    bool is_made = memory != -1 && attach_in_work_place(boot, memory, name, why) && open_upper(memory, layers, why);
    if (memory != -1) close(memory);
    return is_made;
}
