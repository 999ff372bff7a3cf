/* The file state/sequence-floor (docs/formats/boot.md): the smallest sequence that this host still accepts. */
#ifndef ROOTSEAL_SEQUENCE_FLOOR_H
#define ROOTSEAL_SEQUENCE_FLOOR_H

#include "slice.h"
#include "why.h"

/* Longest file in bytes: 16 digits and a newline. A reader asks for one byte more. */
#define SEQUENCE_FLOOR_MAX 17

/* Parses a decimal number and one newline. Refuses ("state") anything else, an empty file too. */
bool sequence_floor_parse(struct slice file, uint64_t *floor, struct why *why);

#endif
