/*
 * See root_mount.h. Linux Documentation/filesystems/overlayfs.rst, "Data-only lower layers" and "fs-verity support";
 * file-backed EROFS: Linux 6.12.
 */
#include "root_mount.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "beneath.h"
#include "layers.h"
#include "loop_device.h"
#include "mount_api.h"
#include "system_error.h"
#include "work_place.h"

static int mount_erofs(const char *source, struct why *why) {
    const struct mount_option options[] = {{"source", source}, {"ro", NULL}};
    return mount_create(&(struct file_system){"erofs", 2, options, ATTR_RDONLY}, why);
}

/* The descriptor that was measured is what is mounted. Before Linux 6.12, EROFS wants a block device (ENOTBLK). */
static int mount_image_file(int image, struct why *why) {
    char path[FD_PATH_SIZE];
    char device_path[LOOP_PATH_SIZE];
    fd_path(image, path);
    int mount = mount_erofs(path, why);
    if (mount != -1 || errno != ENOTBLK) return mount;
    int device = attach_loop(image, device_path, why);
    if (device == -1) return -1;
    mount = mount_erofs(device_path, why);
    close(device);
    return mount;
}

bool mount_image(struct boot *boot, struct why *why) {
    int mount = mount_image_file(boot->image, why);
    close(boot->image);
    boot->image = mount;
    /* Overlayfs before Linux 6.15 takes no layer that is not attached. */
    return mount != -1 && attach_in_work_place(boot, mount, "image", why);
}

bool mount_root(struct boot *boot, struct why *why) {
    struct layers layers = {
        .lower = boot->image,
        .data = boot->objects,
        .upper = -1,
        .work = -1,
        .requires_verity = boot->policy.mode != MODE_NONE,
        .source = "composefs",
        .follows_redirects = true,
    };
    if (boot->policy.root_transient && !make_transient_upper(boot, "transient-root", &layers, why)) return false;
    boot->root = mount_layers(&layers, why);
    bool is_mounted = boot->root != -1 && attach_in_work_place(boot, boot->root, "root", why);
    close_upper(&layers);
    close(boot->image);
    close(boot->objects);
    boot->image = -1;
    boot->objects = -1;
    return is_mounted;
}
