/* The text of a seal: what is signed (docs/formats/seal.md, "Text"). */
#ifndef ROOTSEAL_SEAL_TEXT_H
#define ROOTSEAL_SEAL_TEXT_H

#include "names.h"
#include "typed_digest.h"
#include "why.h"

#define SEAL_IMAGES_MAX 8
#define COMMIT_ID_BYTES 32

struct seal_facts {
    char name[COMMIT_NAME_MAX + 1];
    char version[VERSION_MAX + 1];
    uint64_t sequence;
    size_t image_count;
    struct typed_digest images[SEAL_IMAGES_MAX];
    /* 64 lower-case hex digits and a NUL. */
    char commit[2 * COMMIT_ID_BYTES + 1];
};

/* Whether `text` is spelled like a commit id: 64 lower-case hex digits. */
bool commit_id_valid(struct slice text);

/* Parses the text of a note whose signatures were verified. Refuses ("seal") whatever is not exactly a seal. */
bool seal_text_parse(struct slice text, struct seal_facts *facts, struct why *why);

#endif
