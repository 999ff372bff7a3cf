/* The command line that the kernel was started with. */
#ifndef ROOTSEAL_KERNEL_COMMAND_LINE_H
#define ROOTSEAL_KERNEL_COMMAND_LINE_H

#include "slice.h"
#include "why.h"

/*
 * The bytes of the kernel's own /proc/cmdline, at most CMDLINE_MAX and one more, in static memory. A file of the initramfs that is in its
 * place, before anybody mounts /proc, does not count.
 */
bool kernel_command_line(struct slice *bytes, struct why *why);

#endif
