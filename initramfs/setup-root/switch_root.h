/* Leaving the initramfs for the new root. */
#ifndef ROOTSEAL_SWITCH_ROOT_H
#define ROOTSEAL_SWITCH_ROOT_H

#include "why.h"

/*
 * Moves /proc, /sys, /dev and /run to the new root, makes it the root, frees the files of the initramfs, and executes
 * /sbin/init with no arguments and a clean environment. Returns only with a refusal; `*is_switched` says whether the root is
 * the new one by then.
 */
bool switch_root(const char *new_root, bool *is_switched, struct why *why);

#endif
