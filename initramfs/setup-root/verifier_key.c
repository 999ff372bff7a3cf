/* See verifier_key.h. */
#include "verifier_key.h"

#include <sodium/crypto_hash_sha256.h>

#include "base64.h"
#include "hex.h"

/* Signature type of Ed25519 (C2SP signed-note, "Signature types"). */
#define ALGORITHM_ED25519 0x01
#define BLOB_SIZE (1 + ED25519_KEY_SIZE)

void key_id_of(struct slice name, const uint8_t public_key[ED25519_KEY_SIZE], uint8_t id[KEY_ID_SIZE]) {
    static const uint8_t between[] = {'\n', ALGORITHM_ED25519};
    crypto_hash_sha256_state state;
    uint8_t hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, name.at, name.size);
    crypto_hash_sha256_update(&state, between, sizeof between);
    crypto_hash_sha256_update(&state, public_key, ED25519_KEY_SIZE);
    crypto_hash_sha256_final(&state, hash);
    memcpy(id, hash, KEY_ID_SIZE);
}

/* The type and the bytes of the public key. */
static const char *blob_problem(struct slice text, uint8_t public_key[ED25519_KEY_SIZE]) {
    uint8_t blob[BLOB_SIZE];
    size_t size;
    if (!base64_decode(text, blob, sizeof blob, &size) || size != sizeof blob)
        return "expected 33 bytes in base64 after the key id";
    if (blob[0] != ALGORITHM_ED25519) return "the key is not of type 1 (Ed25519)";
    if (!ed25519_is_prime_order_point(blob + 1)) return "the public key is not a point of prime order";
    memcpy(public_key, blob + 1, ED25519_KEY_SIZE);
    return NULL;
}

const char *verifier_key_parse(struct slice line, struct verifier_key *key) {
    /* Base64 may contain plus signs, names and ids may not: the first two separate. */
    size_t first = slice_find(line, '+', 0);
    if (first == line.size) return "expected a name, a key id and a key, separated by \"+\"";
    size_t second = slice_find(line, '+', first + 1);
    if (second == line.size) return "expected a name, a key id and a key, separated by \"+\"";
    struct slice name = slice_part(line, 0, first);
    uint8_t id[KEY_ID_SIZE];
    if (!key_name_valid(name)) return "the key has no good name";
    if (!hex_parse(slice_part(line, first + 1, second), key->id, sizeof key->id))
        return "the key id is not 8 lower-case hex digits";
    const char *problem = blob_problem(slice_part(line, second + 1, line.size), key->public_key);
    if (problem != NULL) return problem;
    key_id_of(name, key->public_key, id);
    if (memcmp(id, key->id, sizeof id) != 0) return "the key id is not that of this name and key";
    memcpy(key->name, name.at, name.size);
    key->name[name.size] = '\0';
    return NULL;
}
