/* Whole numbers as text: one spelling for each (docs/formats/seal.md, "Text", and policy.md, "Policy"). */
#ifndef ROOTSEAL_DECIMAL_H
#define ROOTSEAL_DECIMAL_H

#include "slice.h"

/* 2^53-1: the largest whole number that every implementation can hold exactly. */
#define DECIMAL_MAX UINT64_C(9007199254740991)

/*
 * Parses `0`, or a digit from 1 to 9 followed by at most 15 digits, up to DECIMAL_MAX. No sign, no spaces.
 * Returns false when `text` is anything else; `value` is then not touched.
 */
bool decimal_parse(struct slice text, uint64_t *value);

#endif
