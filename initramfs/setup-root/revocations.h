/* What is not trusted any more (docs/formats/policy.md, "Revocations"). */
#ifndef ROOTSEAL_REVOCATIONS_H
#define ROOTSEAL_REVOCATIONS_H

#include "names.h"
#include "typed_digest.h"
#include "verifier_key.h"
#include "why.h"

/* Most different entries. One file of the largest size holds fewer. */
#define REVOKED_IMAGES_MAX 1024
#define REVOKED_KEYS_MAX 8192
/* Keys of which name and id are given. */
#define REVOKED_NAMED_KEYS_MAX 1024

struct revoked_key {
    uint8_t id[KEY_ID_SIZE];
    /* With a NUL at its end; no NUL inside. */
    char name[KEY_NAME_MAX + 1];
};

/* Large: keep it in static memory. All zero revokes nothing. */
struct revocations {
    size_t image_count;
    size_t key_count;
    size_t named_key_count;
    struct typed_digest images[REVOKED_IMAGES_MAX];
    uint8_t keys[REVOKED_KEYS_MAX][KEY_ID_SIZE];
    struct revoked_key named_keys[REVOKED_NAMED_KEYS_MAX];
};

/*
 * Adds the entries of one file. Refuses ("revocations") the file when a line is neither a key, by its id alone or by name and
 * id, nor a typed digest, and when there are too many; the revocations must not be used then.
 */
bool revocations_add_file(struct revocations *revoked, struct slice file, struct why *why);

/* By its id alone, or by name and id together. */
bool key_is_revoked(const struct revocations *revoked, struct slice name, const uint8_t id[KEY_ID_SIZE]);

bool image_is_revoked(const struct revocations *revoked, const struct typed_digest *image);

#endif
