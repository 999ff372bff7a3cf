/*
 * rootseal-setup-root: sets up the root that the kernel command line names, if it is the one that was sealed. It is called
 * in five ways (docs/man/rootseal-setup-root.8.md): as a program of a larger initramfs, with --refused and --emergency by the
 * units that follow a refusal, by the kernel as PID 1, and with --check by whoever makes an initramfs. As PID 1 it is the whole
 * initramfs, or stands before the init of a larger one.
 */
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "boot.h"
#include "boot_end.h"
#include "first_process.h"
#include "larger_init.h"
#include "setup.h"

#define DEFAULT_TARGET "/sysroot"
#define REFUSED_STATUS 1
#define USAGE_STATUS 2

static struct boot boot;

static int usage(const char *problem) {
    fprintf(stderr, "rootseal-setup-root: %s\nusage: rootseal-setup-root [SYSROOT | --refused | --emergency | --check]\n", problem);
    return USAGE_STATUS;
}

/* On a system that runs, this program would take away what is mounted at /sysroot, or end the system. */
static bool is_initramfs(void) {
    struct statfs status;
    if (access("/etc/initrd-release", F_OK) == 0) return true;
    return statfs("/", &status) == 0 && (status.f_type == RAMFS_MAGIC || status.f_type == TMPFS_MAGIC);
}

/* Says beforehand what would be refused at every boot. Nothing is written to the kernel's log: this is not a boot. */
static int check(void) {
    struct why why;
    if (!read_trust(&boot, &why)) {
        fprintf(stderr, "rootseal: refused %s: %s\n", why.what, why.sentence);
        return REFUSED_STATUS;
    }
    if (boot.policy.mode == MODE_SEAL && boot.keys.count < boot.policy.threshold)
        fprintf(stderr, "rootseal: nothing will start: keys there are %zu, signatures wanted %u\n", boot.keys.count,
                boot.policy.threshold);
    return 0;
}

/* What the kernel starts. Words of its command line are our arguments and variables: none of them counts. Returns a status. */
static int be_first_process(void) {
    struct why why;
    clearenv();
    if (!larger_init_exists()) first_process(&boot);
    if (!larger_init_is_safe(&boot, &why)) end_first_process(&boot, &why);
    start_larger_init();
    /* Now the kernel panics, as it does for any init that ends. */
    return REFUSED_STATUS;
}

int main(int count, char **arguments) {
    struct why why;
    const char *argument = count > 1 ? arguments[1] : DEFAULT_TARGET;
    if (getpid() == 1) return be_first_process();
    if (count > 2) return usage("too many arguments");
    if (strcmp(argument, "--check") == 0) return check();
    if (!is_initramfs()) return usage("this is not an initramfs");
    if (strcmp(argument, "--refused") == 0) {
        reboot_if_counted();
        return 0;
    }
    if (strcmp(argument, "--emergency") == 0) {
        show_refusal();
        end_boot();
    }
    if (argument[0] != '/' || argument[1] == '\0') return usage("SYSROOT is not an absolute path below /");
    umask(022);
    return setup_root(&boot, argument, &why) ? 0 : REFUSED_STATUS;
}
