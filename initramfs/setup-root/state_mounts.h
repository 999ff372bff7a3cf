/* /etc and /var of the new root, as the policy says (docs/formats/boot.md, "Mounts"). */
#ifndef ROOTSEAL_STATE_MOUNTS_H
#define ROOTSEAL_STATE_MOUNTS_H

#include "boot.h"

/* Makes the physical root writable when something of it is to be written. */
bool prepare_state(const struct boot *boot, struct why *why);

bool mount_etc(const struct boot *boot, struct why *why);

bool mount_var(const struct boot *boot, struct why *why);

#endif
