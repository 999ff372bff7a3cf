/* Strict base64: RFC 4648 section 4 with padding, and only the canonical spelling (section 3.5). */
#ifndef ROOTSEAL_BASE64_H
#define ROOTSEAL_BASE64_H

#include "slice.h"

/*
 * Decodes all of `text`. `size` becomes the number of bytes it stands for, and the first `capacity` of them are written to
 * `bytes`. Returns false when the text is not exactly what an encoder would have written; an empty text stands for no
 * bytes.
 */
bool base64_decode(struct slice text, uint8_t *bytes, size_t capacity, size_t *size);

#endif
