/* Verifier keys, one line of text each (docs/formats/seal.md, "Keys"). */
#ifndef ROOTSEAL_VERIFIER_KEY_H
#define ROOTSEAL_VERIFIER_KEY_H

#include "ed25519.h"
#include "names.h"

#define KEY_ID_SIZE 4

struct verifier_key {
    /* UTF-8 with a NUL at its end; no NUL inside. */
    char name[KEY_NAME_MAX + 1];
    uint8_t id[KEY_ID_SIZE];
    uint8_t public_key[ED25519_KEY_SIZE];
};

/* The id of an Ed25519 key: the first 4 bytes of SHA-256(name, 0x0a, 0x01, public key). */
void key_id_of(struct slice name, const uint8_t public_key[ED25519_KEY_SIZE], uint8_t id[KEY_ID_SIZE]);

/*
 * Parses `<name>+<key id>+<base64(0x01, public key)>` without a newline. Returns a static sentence that says what is wrong,
 * or NULL when the line is a key.
 */
const char *verifier_key_parse(struct slice line, struct verifier_key *key);

#endif
