/* Bytes as lower-case hexadecimal digits. Upper case is refused: each run of bytes has one spelling. */
#ifndef ROOTSEAL_HEX_H
#define ROOTSEAL_HEX_H

#include "slice.h"

/*
 * Reads exactly 2 * `size` lower-case digits into `size` bytes. Returns false when `text` is anything else; `bytes` may
 * then have been written to.
 */
bool hex_parse(struct slice text, uint8_t *bytes, size_t size);

/* Writes 2 * `size` digits and a NUL. */
void hex_print(const uint8_t *bytes, size_t size, char *text);

#endif
