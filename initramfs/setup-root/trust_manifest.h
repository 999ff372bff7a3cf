/*
 * The trust manifest of a unified kernel image (docs/formats/trust-manifest.md): the command line that it is started with, and the
 * files that say whom it trusts.
 */
#ifndef ROOTSEAL_TRUST_MANIFEST_H
#define ROOTSEAL_TRUST_MANIFEST_H

#include "slice.h"
#include "why.h"

/* Longest manifest in bytes. A reader asks for one byte more, so that a longer one is seen. */
#define TRUST_MANIFEST_MAX (1 << 20)
/* Longest command line in it. */
#define SIGNED_LINE_MAX 2047

/* What a file says, told by its path. */
enum manifest_kind {
    MANIFEST_POLICY,
    MANIFEST_KEYS,
    MANIFEST_REVOCATIONS,
};

struct manifest_file {
    enum manifest_kind kind;
    /* Absolute, UTF-8, without control characters. */
    struct slice path;
    struct slice content;
};

/* Points into the bytes that were parsed. */
struct trust_manifest {
    struct slice command_line;
    /* The records of its files, all well-formed. */
    struct slice files;
};

/* Refuses ("trust manifest") whatever is not exactly of that format. What its files say is not looked at. */
bool trust_manifest_parse(struct slice bytes, struct trust_manifest *manifest, struct why *why);

/* Takes the next file off the front of `rest`, which is `files` of a manifest at first. Returns false when there is none. */
bool manifest_file_next(struct slice *rest, struct manifest_file *file);

/* Whether the manifest has a file of this path, and then the file. */
bool manifest_file_find(const struct trust_manifest *manifest, struct slice path, struct manifest_file *file);

#endif
