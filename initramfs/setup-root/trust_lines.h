/* Lines of the small files that say whom to trust: keys, revocations, the policy (docs/formats/policy.md, "Lines"). */
#ifndef ROOTSEAL_TRUST_LINES_H
#define ROOTSEAL_TRUST_LINES_H

#include "slice.h"
#include "why.h"

/* Longest file in bytes. A reader asks for one byte more, so that a longer one is seen. */
#define TRUST_FILE_MAX 65536

struct trust_lines {
    struct slice rest;
    /* Number of the line that was returned last, from 1. */
    unsigned number;
};

/*
 * Whether a file of this name in keys.d (`suffix` ".pub") or revoked.d (`suffix` "") is read (docs/formats/policy.md,
 * "Where"): it ends with the suffix and does not start with a dot.
 */
bool trust_file_counts(const char *name, const char *suffix);

/*
 * Starts reading a file. Refuses (as `what`) one that is longer than TRUST_FILE_MAX or holds a NUL byte.
 */
bool trust_lines_start(struct slice file, const char *what, struct trust_lines *lines, struct why *why);

/*
 * The next line that is neither empty nor a comment, without spaces and tabs at its ends. Returns false at the end.
 */
bool trust_lines_next(struct trust_lines *lines, struct slice *line);

/* Removes spaces and tabs, and nothing else, from both ends. */
struct slice trim_blanks(struct slice text);

#endif
