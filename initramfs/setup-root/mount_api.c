/* See mount_api.h. Flags: Linux include/uapi/linux/mount.h. */
#include "mount_api.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "system_error.h"

/* umount2(2); in no header of the kernel. */
#define DETACH_LAZILY 2
#define DO_NOT_FOLLOW 8

#define MESSAGES_MAX 4
#define MESSAGES_SIZE 300

/* The kernel's log of this context, one message a read, as "e erofs: cannot find valid superblock". */
static void read_messages(int context, char text[MESSAGES_SIZE]) {
    size_t used = 0;
    for (int i = 0; i < MESSAGES_MAX && used + 1 < MESSAGES_SIZE; i++) {
        char message[MESSAGES_SIZE];
        ssize_t size = read(context, message, sizeof message - 1);
        if (size < 1) break;
        while (size > 0 && message[size - 1] == '\n') size--;
        message[size] = '\0';
        bool has_level = size > 2 && message[1] == ' ';
        int added = snprintf(text + used, MESSAGES_SIZE - used, "%s%s", used > 0 ? "; " : "",
                             has_level ? message + 2 : message);
        if (added > 0) used += (size_t)added;
    }
    text[used < MESSAGES_SIZE ? used : MESSAGES_SIZE - 1] = '\0';
}

/* Refuses with what the kernel says, and keeps errno. Closes the context. Returns -1. */
static int context_failed(int context, const char *type, const char *subject, struct why *why) {
    int error = errno;
    char text[MESSAGES_SIZE];
    read_messages(context, text);
    refuse(why, WHAT_FILE_SYSTEM, "%s %s: %s%s%s", type, subject, text, text[0] == '\0' ? "" : ": ", strerror(error));
    close(context);
    errno = error;
    return -1;
}

static long configure(int context, unsigned command, const char *key, const char *value) {
    return syscall(SYS_fsconfig, context, command, key, value, 0);
}

static int create_failed(const char *type, struct why *why) {
    int error = errno;
    if (error == ENODEV)
        refuse(why, WHAT_KERNEL, "it has no %s file system (perhaps the module is missing)", type);
    else
        refuse(why, WHAT_KERNEL, "fsopen %s: %s", type, strerror(error));
    errno = error;
    return -1;
}

int mount_create(const struct file_system *file_system, struct why *why) {
    const char *type = file_system->type;
    int context = (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
    if (context == -1) return create_failed(type, why);
    for (size_t i = 0; i < file_system->option_count; i++) {
        const struct mount_option *option = &file_system->options[i];
        unsigned command = option->value == NULL ? FSCONFIG_SET_FLAG : FSCONFIG_SET_STRING;
        if (configure(context, command, option->key, option->value) == -1)
            return context_failed(context, type, option->key, why);
    }
    if (configure(context, FSCONFIG_CMD_CREATE, NULL, NULL) == -1)
        return context_failed(context, type, "cannot be mounted", why);
    int mount = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, file_system->attributes);
    if (mount == -1) return context_failed(context, type, "cannot be mounted", why);
    close(context);
    return mount;
}

int mount_clone(int directory, struct why *why) {
    long mount = syscall(SYS_open_tree, directory, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
    if (mount == -1) refuse_errno(why, WHAT_FILE_SYSTEM, "open_tree");
    return (int)mount;
}

bool mount_attach(int mount, int directory, const char *place, struct why *why) {
    unsigned flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;
    if (syscall(SYS_move_mount, mount, "", directory, "", flags) == 0) return true;
    int error = errno;
    refuse(why, WHAT_FILE_SYSTEM, "cannot be mounted at %s: %s", place, strerror(error));
    errno = error;
    return false;
}

bool mount_restrict(int mount, unsigned attributes, struct why *why) {
    struct mount_attr change = {.attr_set = attributes};
    if (syscall(SYS_mount_setattr, mount, "", AT_EMPTY_PATH, &change, sizeof change) == 0) return true;
    return refuse_errno(why, WHAT_KERNEL, "mount_setattr");
}

bool mount_make_writable(const char *path, struct why *why) {
    struct statvfs status;
    if (statvfs(path, &status) == 0 && (status.f_flag & ST_RDONLY) == 0) return true;
    if (syscall(SYS_mount, NULL, path, NULL, MS_REMOUNT, NULL) == 0) return true;
    return refuse_errno(why, WHAT_FILE_SYSTEM, "the root file system cannot be made writable");
}

bool mount_make_all_private(struct why *why) {
    if (syscall(SYS_mount, NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0) return true;
    return refuse_errno(why, WHAT_KERNEL, "mounts cannot be made private");
}

bool mount_detach(const char *path) { return syscall(SYS_umount2, path, DETACH_LAZILY | DO_NOT_FOLLOW) == 0; }
