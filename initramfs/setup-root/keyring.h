/* The verifier keys that are known (docs/formats/policy.md, "Keys"). */
#ifndef ROOTSEAL_KEYRING_H
#define ROOTSEAL_KEYRING_H

#include "verifier_key.h"
#include "why.h"

/* Most different keys. One file of the largest size holds fewer. */
#define KEYRING_MAX 2048

/* Large: keep it in static memory. All zero is an empty keyring. */
struct keyring {
    size_t count;
    struct verifier_key keys[KEYRING_MAX];
};

/*
 * Adds the keys of one file. Refuses ("keys") the file when a line is not a key, when two different keys have the same name and
 * id, and when there are too many; the keyring must not be used then.
 */
bool keyring_add_file(struct keyring *ring, struct slice file, struct why *why);

/* The key with this name and id, or NULL. */
const struct verifier_key *keyring_find(const struct keyring *ring, struct slice name,
                                        const uint8_t id[KEY_ID_SIZE]);

#endif
