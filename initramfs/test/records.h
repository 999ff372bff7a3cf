/*
 * Records of test vectors: lines of a word, a space and a value; an empty line ends a record (test/vectors/seal/README.md).
 * For tests only: whatever cannot be read ends the program.
 */
#ifndef ROOTSEAL_TEST_RECORDS_H
#define ROOTSEAL_TEST_RECORDS_H

#include <stdio.h>

#include "slice.h"

#define RECORD_LINES_MAX 12

struct record {
    size_t count;
    /* On the heap, with a NUL each. */
    char *words[RECORD_LINES_MAX];
    char *values[RECORD_LINES_MAX];
};

/* Reads the next record. Returns false at the end of the file. */
bool record_read(FILE *file, struct record *record);

void record_free(struct record *record);

/* The value behind a word, or NULL. "-" stands for an empty value and becomes "". */
const char *record_value(const struct record *record, const char *word);

/*
 * The bytes behind a word whose value is base64; none where there is no such word. In memory of exactly this size, so that a
 * sanitizer sees every byte that is read too far. Freed by slice_free.
 */
struct slice record_bytes(const struct record *record, const char *word);

/* A copy on the heap, of exactly this size. */
struct slice slice_copy(struct slice slice);
void slice_free(struct slice slice);

#endif
