/*
 * The physical root: the file system with the repository and the state. It is taken away from where the initramfs would
 * switch to before anything else is done, so that nothing is there to be started until it was verified.
 */
#ifndef ROOTSEAL_PHYSICAL_ROOT_H
#define ROOTSEAL_PHYSICAL_ROOT_H

#include "boot.h"

/* Mounts the work place and moves what is mounted at boot->target there. */
bool take_physical_root(struct boot *boot, struct why *why);

/*
 * Undoes everything: takes the work place away with all that is mounted in it, and whatever is mounted at the target. Can be
 * called at any time.
 */
void abandon_mounts(const struct boot *boot);

/* Mounts the physical root at sysroot/ of the new root, for root only and not writable. */
bool place_physical_root(struct boot *boot, struct why *why);

/* Moves the finished root to the target and takes the work place away. */
bool deliver_root(struct boot *boot, struct why *why);

#endif
