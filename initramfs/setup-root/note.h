/* Signed notes: a text, an empty line and signature lines (C2SP signed-note; docs/formats/seal.md, "Note"). */
#ifndef ROOTSEAL_NOTE_H
#define ROOTSEAL_NOTE_H

#include "ed25519.h"
#include "verifier_key.h"
#include "why.h"

/* Longest note in bytes. A reader asks for one byte more, so that a longer one is seen. */
#define NOTE_MAX 65536
/* Most signature lines. */
#define NOTE_SIGNATURES_MAX 32

struct note_signature {
    /* Name of the key that is said to have signed; inside the note. */
    struct slice name;
    uint8_t key_id[KEY_ID_SIZE];
    /* Size in bytes, at least 1. Only a signature of 64 bytes can be one of Ed25519; others are cut or padded with zeros. */
    size_t size;
    uint8_t bytes[ED25519_SIGNATURE_SIZE];
};

struct note {
    /* The signed text with its final newline; inside the note. Nothing in it counts before a signature is verified. */
    struct slice text;
    size_t count;
    struct note_signature signatures[NOTE_SIGNATURES_MAX];
};

/*
 * Splits a note. `note` points into `bytes`. Refuses ("seal") whatever is not well-formed; it says nothing about trust.
 */
bool note_parse(struct slice bytes, struct note *note, struct why *why);

#endif
