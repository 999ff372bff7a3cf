/* What the kernel command line asks for (docs/formats/boot.md, "Command line"). It can tighten the policy, never loosen it. */
#ifndef ROOTSEAL_CMDLINE_H
#define ROOTSEAL_CMDLINE_H

#include "policy.h"
#include "typed_digest.h"
#include "why.h"

/* Longest command line in bytes. A reader asks for one byte more, so that a longer one is seen. */
#define CMDLINE_MAX 65536
/* Longest state id with its NUL: `<hex>.<1 to 9999>`. */
#define STATE_ID_SIZE (DIGEST_HEX_SIZE + sizeof ".9999" - 1)

enum cmdline_code {
    CMDLINE_ACCEPTED,
    CMDLINE_TOO_LONG,
    CMDLINE_NUL,
    CMDLINE_DIGEST_INVALID,
    CMDLINE_DIGEST_OPTIONAL,
    CMDLINE_STATE_INVALID,
    CMDLINE_SEQUENCE_INVALID,
    CMDLINE_REPEATED,
    CMDLINE_UNKNOWN,
    CMDLINE_DIGEST_MISSING,
    CMDLINE_STATE_MISMATCH,
    CMDLINE_CHANGED,
    CMDLINE_EXTRA,
};

struct cmdline {
    /* composefs.digest= */
    struct typed_digest image;
    /* Whether a "?" stood before the digest: the image need not have fs-verity. Only with mode=none. */
    bool verity_optional;
    /* rootseal.state=, else the hex digits of the image: name of a directory below state/deploy. */
    char state_id[STATE_ID_SIZE];
    /* rootseal.min-sequence=, else 0: the policy's value is raised to it. */
    uint64_t min_sequence;
};

/*
 * Reads the bytes of /proc/cmdline. Refuses ("command line") whatever is ambiguous or not understood. Words are judged from
 * left to right and the first bad one decides; what is missing or does not fit together is judged after that.
 */
enum cmdline_code cmdline_parse(struct slice bytes, enum verify_mode mode, struct cmdline *cmdline,
                                struct why *why);

/* "CMDLINE_ACCEPTED" and so on. Static. */
const char *cmdline_code_word(enum cmdline_code code);

#endif
