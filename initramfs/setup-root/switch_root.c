/* See switch_root.h. Linux Documentation/filesystems/ramfs-rootfs-initramfs.rst. */
#include "switch_root.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stddef.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "beneath.h"
#include "memory_tree.h"
#include "mount_api.h"
#include "system_error.h"

#define INIT "/sbin/init"

static bool is_in_memory(int directory) {
    struct statfs status;
    return fstatfs(directory, &status) == 0 && (status.f_type == RAMFS_MAGIC || status.f_type == TMPFS_MAGIC);
}

static void free_initramfs(int old_root) {
    struct stat status;
    if (is_in_memory(old_root) && fstat(old_root, &status) == 0)
        remove_contents(old_root, status.st_dev, NULL);
    else
        close(old_root);
}

static bool move_kernel_mounts(int new_root, struct why *why) {
    static const char *const names[] = {"proc", "sys", "dev", "run"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[8] = "/";
        strcat(path, names[i]);
        int place = open_beneath(new_root, names[i], O_PATH | O_DIRECTORY, LINKS_REFUSED);
        if (place == -1) return refuse_errno(why, WHAT_IMAGE, path);
        int mount = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        bool is_moved = mount != -1 && mount_attach(mount, place, path, why);
        close(place);
        if (mount != -1) close(mount);
        if (!is_moved) return false;
    }
    return true;
}

/* Words of the command line that the kernel does not know come as variables; none of them may steer what was verified. */
static bool execute_init(struct why *why) {
    char name[] = INIT;
    char home[] = "HOME=/";
    char terminal[] = "TERM=linux";
    char *const arguments[] = {name, NULL};
    char *const environment[] = {home, terminal, NULL};
    execve(INIT, arguments, environment);
    return refuse_errno(why, WHAT_IMAGE, INIT);
}

bool switch_root(const char *new_root, bool *is_switched, struct why *why) {
    *is_switched = false;
    int old = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int new = open(new_root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (old == -1 || new == -1) return refuse_errno(why, WHAT_KERNEL, new_root);
    if (!move_kernel_mounts(new, why)) return false;
    if (fchdir(new) == -1 || mount(".", "/", NULL, MS_MOVE, NULL) == -1)
        return refuse_errno(why, WHAT_KERNEL, "the new root cannot be moved");
    if (chroot(".") == -1 || chdir("/") == -1) return refuse_errno(why, WHAT_KERNEL, "chroot");
    *is_switched = true;
    close(new);
    free_initramfs(old);
    return execute_init(why);
}
