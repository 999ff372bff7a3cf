/* Reads whom to trust from the files of the initramfs (docs/formats/policy.md, "Where"). */
#ifndef ROOTSEAL_TRUST_FILES_H
#define ROOTSEAL_TRUST_FILES_H

#include "keyring.h"
#include "policy.h"
#include "revocations.h"

/* The policy of /etc/rootseal, else of /usr/lib/rootseal, else the default. */
bool read_policy(struct policy *policy, struct why *why);

/* Adds every key that is there. */
bool read_keys(struct keyring *ring, struct why *why);

/* Adds everything that was revoked. */
bool read_revocations(struct revocations *revoked, struct why *why);

#endif
