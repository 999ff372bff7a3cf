/*
 * See volatile_root.h. The link's form is that of systemd's volatile-root.c; its reader is gpt-auto-generator, which looks
 * for other partitions (/efi, swap) on the same disk.
 */
#include "volatile_root.h"

#include <errno.h>
#include <linux/btrfs.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "control.h"
#include "system_error.h"
#include "underlying_device.h"

#define LINK_PATH "/run/systemd/volatile-root"
#define DEVICES_PATH "/sys/dev/block"

/* A btrfs has no device number of its own: its one device is asked for. */
static dev_t btrfs_device(int directory) {
    struct btrfs_ioctl_fs_info_args file_system = {0};
    struct btrfs_ioctl_dev_info_args device = {0};
    struct stat status;
    if (control(directory, BTRFS_IOC_FS_INFO, &file_system) == -1 || file_system.num_devices != 1) return 0;
    device.devid = file_system.max_id;
    if (control(directory, BTRFS_IOC_DEV_INFO, &device) == -1) return 0;
    device.path[sizeof device.path - 1] = '\0';
    if (stat((const char *)device.path, &status) == -1 || !S_ISBLK(status.st_mode)) return 0;
    return status.st_rdev;
}

bool write_volatile_root(int directory, struct why *why) {
    char target[64];
    struct stat status;
    if (fstat(directory, &status) == -1) return refuse_errno(why, WHAT_FILE_SYSTEM, "/sysroot");
    dev_t device = major(status.st_dev) != 0 ? status.st_dev : btrfs_device(directory);
    if (device == 0) return true;
    /* Of an encrypted one, systemd looks for other partitions on the device mapper, which has none. */
    device = underlying_device(DEVICES_PATH, device);
    snprintf(target, sizeof target, "/dev/block/%u:%u", major(device), minor(device));
    if (mkdir("/run/systemd", 0755) == -1 && errno != EEXIST) return refuse_errno(why, WHAT_KERNEL, "/run/systemd");
    if ((unlink(LINK_PATH) == 0 || errno == ENOENT) && symlink(target, LINK_PATH) == 0) return true;
    return refuse_errno(why, WHAT_KERNEL, LINK_PATH);
}
