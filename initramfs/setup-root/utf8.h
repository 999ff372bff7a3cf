/* Strict UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef ROOTSEAL_UTF8_H
#define ROOTSEAL_UTF8_H

#include "slice.h"

/*
 * Decodes the character at byte `*offset`, which is below the size, and moves `*offset` behind it. Returns false when the
 * bytes there are not a whole character.
 */
bool utf8_next(struct slice text, size_t *offset, uint32_t *character);

/* Whether all of `text` is UTF-8. */
bool utf8_valid(struct slice text);

#endif
