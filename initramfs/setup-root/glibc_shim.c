/*
 * Symbols that Debian's libsodium.a asks for and musl does not have: it was compiled against glibc with _FORTIFY_SOURCE.
 * Only in programs that are linked with musl. The check is kept: a wrong size ends the program.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

void __explicit_bzero_chk(void *bytes, size_t size, size_t capacity);

/* explicit_bzero() that knows how large the object is (glibc, debug/explicit_bzero_chk.c). Sizes in bytes. */
void __explicit_bzero_chk(void *bytes, size_t size, size_t capacity) {
    if (size > capacity) abort();
    explicit_bzero(bytes, size);
}
