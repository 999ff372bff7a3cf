/* See larger_init.h. */
#include "larger_init.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "console.h"
#include "exact_cmdline.h"
#include "foreign_extras.h"
#include "kernel_command_line.h"
#include "manifest_trust.h"

/* The module of dracut and the hook of initramfs-tools put it there, in the initramfs. */
#define LARGER_INIT "/usr/lib/rootseal/init"

bool larger_init_exists(void) { return access(LARGER_INIT, F_OK) == 0 || errno != ENOENT; }

/* The words are read again by the sequence: that one is a process of its own. */
bool larger_init_is_safe(struct boot *boot, struct why *why) {
    struct slice text;
    if (!read_manifest(&boot->manifest, &boot->has_manifest, why)) return false;
    if (!boot->has_manifest) return true;
    if (!nothing_was_added(&boot->manifest, why) || !kernel_command_line(&text, why)) return false;
    if (cmdline_exact(text, boot->manifest.command_line, why) != CMDLINE_ACCEPTED) return false;
    remove_foreign_extras();
    return true;
}

void start_larger_init(void) {
    char line[128];
    char name[] = LARGER_INIT;
    char path[] = "PATH=/sbin:/usr/sbin:/bin:/usr/bin";
    char home[] = "HOME=/";
    char terminal[] = "TERM=linux";
    char *const arguments[] = {name, NULL};
    char *const environment[] = {path, home, terminal, NULL};
    execve(LARGER_INIT, arguments, environment);
    snprintf(line, sizeof line, LARGER_INIT " cannot be started: %s", strerror(errno));
    console_line(line);
}
