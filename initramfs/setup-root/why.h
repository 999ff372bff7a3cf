/* Why something was refused: one bounded sentence for a person. Nothing here depends on any other part. */
#ifndef ROOTSEAL_WHY_H
#define ROOTSEAL_WHY_H

#include <stdbool.h>

/* Longest sentence in bytes, with its NUL. What does not fit is cut off. */
#define WHY_SIZE 512

/* The first words of `rootseal: refused <what>: <why>` (docs/formats/boot.md). */
#define WHAT_COMMAND_LINE "command line"
#define WHAT_POLICY "policy"
#define WHAT_KEYS "keys"
#define WHAT_REVOCATIONS "revocations"
#define WHAT_TRUST_MANIFEST "trust manifest"
#define WHAT_REPOSITORY "repository"
#define WHAT_IMAGE "image"
#define WHAT_SEAL "seal"
#define WHAT_FILE_SYSTEM "file system"
#define WHAT_STATE "state"
#define WHAT_ROOT_PARTITION "root partition"
#define WHAT_KERNEL "kernel"

struct why {
    /* One of the WHAT_ constants; never freed. */
    const char *what;
    /* Printable: control bytes were replaced. Ends with a NUL. May hold UTF-8 beyond ASCII. */
    char sentence[WHY_SIZE];
};

/*
 * Sets what was refused and why. Always returns false, so that a function can end with `return refuse(...)`.
 * `format` is that of printf.
 */
bool refuse(struct why *why, const char *what, const char *format, ...) __attribute__((format(printf, 3, 4)));

/*
 * Puts `place` (the name of a file, say) and a colon before the sentence that is there. Returns false, as above.
 */
bool refuse_at(struct why *why, const char *place);

#endif
