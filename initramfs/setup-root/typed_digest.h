/* Image digests as text that says what it is: `v1-sha256-12:<hex>` (docs/formats/commit.md, "image"). */
#ifndef ROOTSEAL_TYPED_DIGEST_H
#define ROOTSEAL_TYPED_DIGEST_H

#include "slice.h"

/* Numbers of the algorithms are those of linux/fsverity.h. */
enum digest_algorithm {
    DIGEST_SHA256 = 1,
    DIGEST_SHA512 = 2,
};

#define DIGEST_BYTES_MAX 64
/* Longest text with its NUL. */
#define DIGEST_HEX_SIZE (2 * DIGEST_BYTES_MAX + 1)
#define TYPED_DIGEST_TEXT_SIZE (sizeof "v1-sha512-12:" + 2 * DIGEST_BYTES_MAX)

struct typed_digest {
    /* composefs image format version: 0 or 1. */
    uint8_t format_version;
    enum digest_algorithm algorithm;
    /* 32 or 64 bytes count, see digest_size; the others are zero. */
    uint8_t bytes[DIGEST_BYTES_MAX];
};

/* Size of a digest in bytes: 32 or 64. */
size_t digest_size(enum digest_algorithm algorithm);

/* Parses `v<0|1>-<sha256|sha512>-12:<lower-case hex>`. Returns false when `text` is anything else. */
bool typed_digest_parse(struct slice text, struct typed_digest *digest);

/* Writes the text and a NUL; each digest has exactly one. */
void typed_digest_print(const struct typed_digest *digest, char text[TYPED_DIGEST_TEXT_SIZE]);

/* Writes the bare hex digits and a NUL: the name of the image in a repository. */
void typed_digest_hex(const struct typed_digest *digest, char text[DIGEST_HEX_SIZE]);

/* Whether version, algorithm and bytes are the same. */
bool typed_digest_equal(const struct typed_digest *a, const struct typed_digest *b);

#endif
