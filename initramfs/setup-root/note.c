/* See note.h. */
#include "note.h"

#include "base64.h"
#include "utf8.h"

/* Em dash and space. */
static const char signature_prefix[] = "\xe2\x80\x94 ";
#define PREFIX_SIZE (sizeof signature_prefix - 1)

/* What holds for the note's bytes as a whole. */
static bool check_bytes(struct slice bytes, struct why *why) {
    if (bytes.size > NOTE_MAX) return refuse(why, WHAT_SEAL, "the note is longer than %d bytes", NOTE_MAX);
    if (!utf8_valid(bytes)) return refuse(why, WHAT_SEAL, "the note is not UTF-8");
    for (size_t i = 0; i < bytes.size; i++)
        if (bytes.at[i] < 0x20 && bytes.at[i] != '\n')
            return refuse(why, WHAT_SEAL, "the note contains a control character");
    if (bytes.size == 0 || bytes.at[bytes.size - 1] != '\n')
        return refuse(why, WHAT_SEAL, "the note's final newline is missing");
    return true;
}

/* Offset of the last two newlines in a row, or the size when there are none. */
static size_t find_separator(struct slice bytes) {
    for (size_t i = bytes.size; i >= 2; i--)
        if (bytes.at[i - 2] == '\n' && bytes.at[i - 1] == '\n') return i - 2;
    return bytes.size;
}

/* `line` without its newline. */
static const char *parse_signature(struct slice line, struct note_signature *signature) {
    if (!slice_starts_with(line, signature_prefix)) return "it does not start with an em dash and a space";
    size_t space = slice_find(line, ' ', PREFIX_SIZE);
    if (space == line.size) return "expected a key name, a space and a signature";
    signature->name = slice_part(line, PREFIX_SIZE, space);
    if (!key_name_valid(signature->name)) return "the key name is not a good one";
    uint8_t blob[KEY_ID_SIZE + ED25519_SIGNATURE_SIZE] = {0};
    size_t size;
    if (!base64_decode(slice_part(line, space + 1, line.size), blob, sizeof blob, &size))
        return "the signature is not in canonical base64";
    if (size <= KEY_ID_SIZE) return "the signature is shorter than 5 bytes";
    memcpy(signature->key_id, blob, KEY_ID_SIZE);
    memcpy(signature->bytes, blob + KEY_ID_SIZE, ED25519_SIGNATURE_SIZE);
    signature->size = size - KEY_ID_SIZE;
    return NULL;
}

bool note_parse(struct slice bytes, struct note *note, struct why *why) {
    if (!check_bytes(bytes, why)) return false;
    size_t separator = find_separator(bytes);
    if (separator == bytes.size)
        return refuse(why, WHAT_SEAL, "the note has no empty line before the signature lines");
    note->text = slice_part(bytes, 0, separator + 1);
    note->count = 0;
    struct slice rest = slice_part(bytes, separator + 2, bytes.size);
    if (rest.size == 0) return refuse(why, WHAT_SEAL, "the note has no signature line after the last empty line");
    while (rest.size > 0) {
        if (note->count == NOTE_SIGNATURES_MAX)
            return refuse(why, WHAT_SEAL, "the note has more than %d signature lines", NOTE_SIGNATURES_MAX);
        size_t end = slice_find(rest, '\n', 0);
        const char *problem = parse_signature(slice_part(rest, 0, end), &note->signatures[note->count]);
        note->count++;
        if (problem != NULL) return refuse(why, WHAT_SEAL, "signature line %zu: %s", note->count, problem);
        /* check_bytes saw the newline at the end. */
        rest = slice_part(rest, end + 1, rest.size);
    }
    return true;
}
