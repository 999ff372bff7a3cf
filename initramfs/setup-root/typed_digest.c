/* See typed_digest.h. */
#include "typed_digest.h"

#include "hex.h"

/* `v0-` or `v1-`, the hash, and the base-2 logarithm of the Merkle tree's block size (always 4096). */
#define HEAD_SIZE (sizeof "v1-sha256-12:" - 1)

size_t digest_size(enum digest_algorithm algorithm) { return algorithm == DIGEST_SHA512 ? 64 : 32; }

static const char *rest_of_head(enum digest_algorithm algorithm) {
    return algorithm == DIGEST_SHA512 ? "-sha512-12:" : "-sha256-12:";
}

bool typed_digest_parse(struct slice text, struct typed_digest *digest) {
    if (text.size < HEAD_SIZE || text.at[0] != 'v') return false;
    if (text.at[1] != '0' && text.at[1] != '1') return false;
    struct slice head = slice_part(text, 2, HEAD_SIZE);
    struct typed_digest result = {.format_version = (uint8_t)(text.at[1] - '0')};
    if (slice_is(head, rest_of_head(DIGEST_SHA256)))
        result.algorithm = DIGEST_SHA256;
    else if (slice_is(head, rest_of_head(DIGEST_SHA512)))
        result.algorithm = DIGEST_SHA512;
    else
        return false;
    struct slice digits = slice_part(text, HEAD_SIZE, text.size);
    if (!hex_parse(digits, result.bytes, digest_size(result.algorithm))) return false;
    *digest = result;
    return true;
}

void typed_digest_print(const struct typed_digest *digest, char text[TYPED_DIGEST_TEXT_SIZE]) {
    text[0] = 'v';
    text[1] = digest->format_version == 0 ? '0' : '1';
    memcpy(text + 2, rest_of_head(digest->algorithm), HEAD_SIZE - 2);
    hex_print(digest->bytes, digest_size(digest->algorithm), text + HEAD_SIZE);
}

void typed_digest_hex(const struct typed_digest *digest, char text[DIGEST_HEX_SIZE]) {
    hex_print(digest->bytes, digest_size(digest->algorithm), text);
}

bool typed_digest_equal(const struct typed_digest *a, const struct typed_digest *b) {
    return a->format_version == b->format_version && a->algorithm == b->algorithm &&
           memcmp(a->bytes, b->bytes, digest_size(a->algorithm)) == 0;
}
