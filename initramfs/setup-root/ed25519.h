/*
 * Strict Ed25519 (RFC 8032 section 5.1) over libsodium: docs/formats/seal.md, "Ed25519".
 *
 * sodium_init() is not called on purpose. It would collect random numbers, and so wait for the kernel's pool early at boot,
 * and choose between implementations of ciphers that are not used here. Verifying and hashing need neither.
 */
#ifndef ROOTSEAL_ED25519_H
#define ROOTSEAL_ED25519_H

#include "slice.h"

#define ED25519_KEY_SIZE 32
#define ED25519_SIGNATURE_SIZE 64

/* Whether 32 bytes are the canonical encoding of a point of prime order ("Ed25519", rules 1 and 2). */
bool ed25519_is_prime_order_point(const uint8_t point[ED25519_KEY_SIZE]);

/* Whether `signature` is one of `message` by `public_key` (rules 1 to 4). */
bool ed25519_verify(const uint8_t signature[ED25519_SIGNATURE_SIZE], struct slice message,
                    const uint8_t public_key[ED25519_KEY_SIZE]);

#endif
