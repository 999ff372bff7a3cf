/* See keyring.h. */
#include "keyring.h"

#include "trust_lines.h"

const struct verifier_key *keyring_find(const struct keyring *ring, struct slice name,
                                        const uint8_t id[KEY_ID_SIZE]) {
    for (size_t i = 0; i < ring->count; i++) {
        const struct verifier_key *key = &ring->keys[i];
        if (memcmp(key->id, id, KEY_ID_SIZE) == 0 && slice_is(name, key->name)) return key;
    }
    return NULL;
}

static bool add_key(struct keyring *ring, const struct verifier_key *key, struct why *why) {
    const struct verifier_key *other = keyring_find(ring, slice_of(key->name), key->id);
    if (other != NULL) {
        if (memcmp(other->public_key, key->public_key, ED25519_KEY_SIZE) == 0) return true;
        return refuse(why, WHAT_KEYS, "two different keys are called %s and have the same id", key->name);
    }
    if (ring->count == KEYRING_MAX) return refuse(why, WHAT_KEYS, "more than %d keys", KEYRING_MAX);
    ring->keys[ring->count++] = *key;
    return true;
}

bool keyring_add_file(struct keyring *ring, struct slice file, struct why *why) {
    struct trust_lines lines;
    struct slice line;
    if (!trust_lines_start(file, WHAT_KEYS, &lines, why)) return false;
    while (trust_lines_next(&lines, &line)) {
        struct verifier_key key;
        const char *problem = verifier_key_parse(line, &key);
        if (problem != NULL) return refuse(why, WHAT_KEYS, "line %u: %s", lines.number, problem);
        if (!add_key(ring, &key, why)) return false;
    }
    return true;
}
