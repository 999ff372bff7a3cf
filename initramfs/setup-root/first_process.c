/* See first_process.h. */
#include "first_process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boot_end.h"
#include "console.h"
#include "kernel_modules.h"
#include "root_partition.h"
#include "setup.h"
#include "switch_root.h"
#include "system_error.h"

#define TARGET "/sysroot"

static const struct {
    const char *type;
    const char *path;
    unsigned long flags;
    const char *options;
} kernel_mounts[] = {
    {"devtmpfs", "/dev", MS_NOSUID, "mode=0755"},
    {"proc", "/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL},
    {"sysfs", "/sys", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL},
    {"tmpfs", "/run", MS_NOSUID | MS_NODEV, "mode=0755"},
};

static bool mount_kernel_file_systems(struct why *why) {
    for (size_t i = 0; i < sizeof kernel_mounts / sizeof kernel_mounts[0]; i++) {
        const char *path = kernel_mounts[i].path;
        if (mkdir(path, 0755) == -1 && errno != EEXIST) return refuse_errno(why, WHAT_KERNEL, path);
        /* Busy: the kernel has mounted /dev itself. */
        if (mount(kernel_mounts[i].type, path, kernel_mounts[i].type, kernel_mounts[i].flags,
                  kernel_mounts[i].options) == -1 &&
            errno != EBUSY)
            return refuse_errno(why, WHAT_KERNEL, path);
    }
    return true;
}

/* The kernel opens the console for PID 1 only when the initramfs has the device file in it. */
static void open_console(void) {
    if (fcntl(STDERR_FILENO, F_GETFD) != -1) return;
    int console = open("/dev/console", O_RDWR | O_NOCTTY);
    if (console == -1) console = open("/dev/null", O_RDWR | O_NOCTTY);
    if (console == -1) return;
    for (int file = 0; file <= STDERR_FILENO; file++)
        if (console != file) dup2(console, file);
    if (console > STDERR_FILENO) close(console);
}

static bool mount_physical_root(struct why *why) {
    char device[DEVICE_PATH_SIZE];
    if (!find_root_partition(device, why)) return false;
    const char *type = file_system_type(device, why);
    if (type == NULL) return false;
    if (mkdir(TARGET, 0755) == -1 && errno != EEXIST) return refuse_errno(why, WHAT_KERNEL, TARGET);
    if (mount(device, TARGET, type, 0, NULL) == 0) return true;
    char subject[DEVICE_PATH_SIZE + 16];
    snprintf(subject, sizeof subject, "%s (%s)", device, type);
    return refuse_errno(why, WHAT_ROOT_PARTITION, subject);
}

void end_first_process(struct boot *boot, const struct why *refusal) {
    struct why ignored;
    boot->target = TARGET;
    mount_kernel_file_systems(&ignored);
    open_console();
    load_variables_module();
    report_refusal(boot, refusal);
    end_boot();
}

void first_process(struct boot *boot) {
    struct why why;
    bool is_switched = false;
    boot->target = TARGET;
    umask(022);
    bool is_mounted = mount_kernel_file_systems(&why);
    open_console();
    if (is_mounted) {
        load_kernel_modules();
        is_mounted = mount_physical_root(&why);
    }
    if (!is_mounted)
        report_refusal(boot, &why);
    else if (setup_root(boot, TARGET, &why) && !switch_root(TARGET, &is_switched, &why))
        report_refusal(boot, &why);
    end_boot();
}
