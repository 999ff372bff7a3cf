/* Whom to trust where there is a trust manifest: what it says, and nothing else that lies in the initramfs. */
#ifndef ROOTSEAL_MANIFEST_TRUST_H
#define ROOTSEAL_MANIFEST_TRUST_H

#include "keyring.h"
#include "policy.h"
#include "revocations.h"
#include "trust_manifest.h"

/*
 * Reads the manifest of this initramfs into memory of its own. `*is_there` says whether there is one; refuses one that cannot be read,
 * or is malformed.
 */
bool read_manifest(struct trust_manifest *manifest, bool *is_there, struct why *why);

/* Adds what the manifest's files say to a keyring and revocations, and sets the policy. */
bool believe_manifest(const struct trust_manifest *manifest, struct policy *policy, struct keyring *keys,
                      struct revocations *revoked, struct why *why);

/*
 * Refuses ("trust manifest") when something lies where policy, keys and revocations are looked for and is not byte for byte one of the
 * manifest's files: somebody added it to the initramfs.
 */
bool nothing_was_added(const struct trust_manifest *manifest, struct why *why);

#endif
