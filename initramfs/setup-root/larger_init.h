/*
 * The init of a larger initramfs: the shell of initramfs-tools, systemd with dracut (docs/formats/boot.md). The kernel makes variables
 * of all words of its command line that it does not know, and nobody vouches for those. So this program is process 1 there, and
 * what was it is started by it, with an environment in which nothing of them is.
 */
#ifndef ROOTSEAL_LARGER_INIT_H
#define ROOTSEAL_LARGER_INIT_H

#include "boot.h"

/* Whether there is one. When the file system cannot say, it counts as there: nothing is mounted in its place. */
bool larger_init_exists(void);

/*
 * Where there is a trust manifest: asks, before a larger init can act on them, for what the manifest and the command line are refused for in
 * the sequence, too, and takes away what others put into the initramfs for such an init. Elsewhere there is nothing to ask.
 */
bool larger_init_is_safe(struct boot *boot, struct why *why);

/* Starts it in the place of this program, without arguments. Returns only when that fails, after a line on the console. */
void start_larger_init(void);

#endif
