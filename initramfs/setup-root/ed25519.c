/* See ed25519.h. */
#include "ed25519.h"

#include <sodium/crypto_core_ed25519.h>
#include <sodium/crypto_sign_ed25519.h>

_Static_assert(crypto_core_ed25519_BYTES == ED25519_KEY_SIZE, "size of a point");
_Static_assert(crypto_sign_ed25519_BYTES == ED25519_SIGNATURE_SIZE, "size of a signature");

bool ed25519_is_prime_order_point(const uint8_t point[ED25519_KEY_SIZE]) {
    return crypto_core_ed25519_is_valid_point(point) == 1;
}

bool ed25519_verify(const uint8_t signature[ED25519_SIGNATURE_SIZE], struct slice message,
                    const uint8_t public_key[ED25519_KEY_SIZE]) {
    /* libsodium's verification alone accepts some keys of mixed order, and which ones depends on its version. */
    return ed25519_is_prime_order_point(public_key) && ed25519_is_prime_order_point(signature) &&
           crypto_sign_ed25519_verify_detached(signature, message.at, message.size, public_key) == 0;
}
