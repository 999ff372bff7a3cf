/*
 * The mount API of Linux 5.2 and 5.12 (fsopen, fsmount, open_tree, move_mount, mount_setattr), with the kernel's own message
 * in every refusal. The only file that knows the system calls; the C libraries' headers do not agree about them.
 */
#ifndef ROOTSEAL_MOUNT_API_H
#define ROOTSEAL_MOUNT_API_H

#include <stddef.h>

#include "why.h"

/* MOUNT_ATTR_* of linux/mount.h. */
#define ATTR_RDONLY 0x1U
#define ATTR_NOSUID 0x2U
#define ATTR_NODEV 0x4U
#define ATTR_NOEXEC 0x8U

struct mount_option {
    const char *key;
    /* NULL: a flag. Else at most 255 bytes. */
    const char *value;
};

struct file_system {
    const char *type;
    size_t option_count;
    const struct mount_option *options;
    /* ATTR_ bits. */
    unsigned attributes;
};

/*
 * Makes a mount that is not attached anywhere yet. Returns its descriptor; or -1, with errno and a refusal ("kernel" when it
 * has no such file system, else "file system").
 */
int mount_create(const struct file_system *file_system, struct why *why);

/* A detached copy of the mount at an open directory, from there on downwards. As mount_create. */
int mount_clone(int directory, struct why *why);

/*
 * Attaches the mount whose root is open as `mount`, detached or attached elsewhere, at an open directory. `place` is for the
 * refusal ("file system").
 */
bool mount_attach(int mount, int directory, const char *place, struct why *why);

/* Sets ATTR_ bits of the mount whose root is open as `mount`. */
bool mount_restrict(int mount, unsigned attributes, struct why *why);

/* Makes the file system at `path`, and its mount there, writable, if they are not. */
bool mount_make_writable(const char *path, struct why *why);

/* Takes all mounts out of their peer groups: mounts can then be moved, and none shows up in another namespace. */
bool mount_make_all_private(struct why *why);

/* Takes the mount at `path` away, with all mounts below it; freed when nobody uses it any more. Returns false and errno. */
bool mount_detach(const char *path);

#endif
