/*
 * Keeps out of the program what libsodium links in and we never call. Its members refer to each other: verifying drags in the
 * making of keys, that random numbers, and these the whole library with every cipher (100 KiB). Random numbers end here.
 * Nothing that is used here needs any; should that ever change, the program ends instead of going on with bad ones.
 */
#include <sodium/core.h>
#include <sodium/randombytes.h>
#include <stdlib.h>

void randombytes_buf(void *const bytes, const size_t size) {
    (void)bytes;
    (void)size;
    abort();
}

/* Called by libsodium when a size is out of bounds. */
void sodium_misuse(void) { abort(); }
