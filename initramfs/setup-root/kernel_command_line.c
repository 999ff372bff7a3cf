/* See kernel_command_line.h. */
#include "kernel_command_line.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "beneath.h"
#include "cmdline.h"
#include "mount_api.h"
#include "system_error.h"

/* Returns a directory of procfs, mounted at /proc or nowhere; or -1. */
static int open_proc(struct why *why) {
    static const struct mount_option options[] = {{"source", "proc"}};
    const struct file_system proc = {"proc", 1, options, ATTR_NOSUID | ATTR_NODEV | ATTR_NOEXEC};
    struct statfs status;
    bool is_mounted = statfs("/proc", &status) == 0 && status.f_type == PROC_SUPER_MAGIC;
    if (!is_mounted) return mount_create(&proc, why);
    int directory = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory == -1) refuse_errno(why, WHAT_KERNEL, "/proc");
    return directory;
}

bool kernel_command_line(struct slice *bytes, struct why *why) {
    static uint8_t text[CMDLINE_MAX + 1];
    int proc = open_proc(why);
    if (proc == -1) return false;
    bool is_read = read_trusted_file(proc, "cmdline", text, sizeof text, &bytes->size) ||
                   refuse_errno(why, WHAT_KERNEL, "/proc/cmdline");
    close(proc);
    bytes->at = text;
    return is_read;
}
