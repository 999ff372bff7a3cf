/* The sequence of a boot, from the policy to the finished root (docs/formats/boot.md, "Sequence"). */
#ifndef ROOTSEAL_SETUP_H
#define ROOTSEAL_SETUP_H

#include "boot.h"

/*
 * Sets the root up at `target`, where the physical root is mounted, and reports it. Otherwise nothing is mounted at `target`
 * any more, and the refusal was reported and is in `why`.
 */
bool setup_root(struct boot *boot, const char *target, struct why *why);

/* Reads policy, keys and revocations of the root that this process has: of its trust manifest, where there is one. */
bool read_trust(struct boot *boot, struct why *why);

/* Reports a refusal on the console and in refused.json, and takes all mounts of this boot away. */
void report_refusal(const struct boot *boot, const struct why *why);

#endif
