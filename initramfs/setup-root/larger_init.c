/* See larger_init.h. */
#include "larger_init.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "console.h"

/* The module of dracut and the hook of initramfs-tools put it there, in the initramfs. */
#define LARGER_INIT "/usr/lib/rootseal/init"

bool larger_init_exists(void) { return access(LARGER_INIT, F_OK) == 0 || errno != ENOENT; }

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
