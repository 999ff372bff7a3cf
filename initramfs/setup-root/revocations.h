/* What is not trusted any more (docs/formats/policy.md, "Revocations"). */
#ifndef ROOTSEAL_REVOCATIONS_H
#define ROOTSEAL_REVOCATIONS_H

#include "typed_digest.h"
#include "verifier_key.h"
#include "why.h"

/* Most different entries. One file of the largest size holds fewer. */
#define REVOKED_IMAGES_MAX 1024
#define REVOKED_KEYS_MAX 8192

/* Large: keep it in static memory. All zero revokes nothing. */
struct revocations {
    size_t image_count;
    size_t key_count;
    struct typed_digest images[REVOKED_IMAGES_MAX];
    uint8_t keys[REVOKED_KEYS_MAX][KEY_ID_SIZE];
};

/*
 * Adds the entries of one file. Refuses ("revocations") the file when a line is neither a key id nor a typed digest, and
 * when there are too many; the revocations must not be used then.
 */
bool revocations_add_file(struct revocations *revoked, struct slice file, struct why *why);

bool key_is_revoked(const struct revocations *revoked, const uint8_t id[KEY_ID_SIZE]);

bool image_is_revoked(const struct revocations *revoked, const struct typed_digest *image);

#endif
