/* See cmdline.h. */
#include "cmdline.h"

#include "decimal.h"
#include "hex.h"
#include "kernel_words.h"

static const char *const code_words[] = {
    [CMDLINE_ACCEPTED] = "CMDLINE_ACCEPTED",
    [CMDLINE_TOO_LONG] = "CMDLINE_TOO_LONG",
    [CMDLINE_NUL] = "CMDLINE_NUL",
    [CMDLINE_DIGEST_INVALID] = "CMDLINE_DIGEST_INVALID",
    [CMDLINE_DIGEST_OPTIONAL] = "CMDLINE_DIGEST_OPTIONAL",
    [CMDLINE_STATE_INVALID] = "CMDLINE_STATE_INVALID",
    [CMDLINE_SEQUENCE_INVALID] = "CMDLINE_SEQUENCE_INVALID",
    [CMDLINE_REPEATED] = "CMDLINE_REPEATED",
    [CMDLINE_UNKNOWN] = "CMDLINE_UNKNOWN",
    [CMDLINE_DIGEST_MISSING] = "CMDLINE_DIGEST_MISSING",
    [CMDLINE_STATE_MISMATCH] = "CMDLINE_STATE_MISMATCH",
    [CMDLINE_CHANGED] = "CMDLINE_CHANGED",
    [CMDLINE_EXTRA] = "CMDLINE_EXTRA",
};

const char *cmdline_code_word(enum cmdline_code code) { return code_words[code]; }

/* Largest number behind the digits of a state id. */
#define DEPLOYMENT_MAX 9999

struct reading {
    enum verify_mode mode;
    struct cmdline *cmdline;
    bool has_image;
    bool has_state;
    bool has_sequence;
};

static enum cmdline_code fail(struct why *why, enum cmdline_code code, const char *sentence) {
    refuse(why, WHAT_COMMAND_LINE, "%s", sentence);
    return code;
}

static enum cmdline_code read_digest(struct slice value, struct reading *reading, struct why *why) {
    if (reading->has_image) return fail(why, CMDLINE_REPEATED, "composefs.digest= is given twice");
    reading->has_image = true;
    if (value.size > 0 && value.at[0] == '?') {
        if (reading->mode != MODE_NONE)
            return fail(why, CMDLINE_DIGEST_OPTIONAL,
                        "composefs.digest=? asks for no verification, and the policy's mode is not none");
        reading->cmdline->verity_optional = true;
        value = slice_part(value, 1, value.size);
    }
    if (!typed_digest_parse(value, &reading->cmdline->image))
        return fail(why, CMDLINE_DIGEST_INVALID, "composefs.digest= is not followed by a typed digest (v1-sha256-12:...)");
    return CMDLINE_ACCEPTED;
}

/* `<hex>` or `<hex>.<1 to 9999>`; the digits are those of a digest of either size. */
static bool state_id_valid(struct slice id) {
    uint8_t bytes[DIGEST_BYTES_MAX];
    size_t dot = slice_find(id, '.', 0);
    struct slice digits = slice_part(id, 0, dot);
    uint64_t number = 1;
    if (!hex_parse(digits, bytes, digest_size(DIGEST_SHA256)) && !hex_parse(digits, bytes, digest_size(DIGEST_SHA512)))
        return false;
    if (dot < id.size && !decimal_parse(slice_part(id, dot + 1, id.size), &number)) return false;
    return number >= 1 && number <= DEPLOYMENT_MAX;
}

static enum cmdline_code read_state(struct slice value, struct reading *reading, struct why *why) {
    if (reading->has_state) return fail(why, CMDLINE_REPEATED, "rootseal.state= is given twice");
    reading->has_state = true;
    if (!state_id_valid(value))
        return fail(why, CMDLINE_STATE_INVALID, "rootseal.state= is not followed by hex digits and perhaps a dot and a number");
    memcpy(reading->cmdline->state_id, value.at, value.size);
    reading->cmdline->state_id[value.size] = '\0';
    return CMDLINE_ACCEPTED;
}

static enum cmdline_code read_sequence(struct slice value, struct reading *reading, struct why *why) {
    if (reading->has_sequence) return fail(why, CMDLINE_REPEATED, "rootseal.min-sequence= is given twice");
    reading->has_sequence = true;
    if (!decimal_parse(value, &reading->cmdline->min_sequence))
        return fail(why, CMDLINE_SEQUENCE_INVALID, "rootseal.min-sequence= is not followed by a decimal number");
    return CMDLINE_ACCEPTED;
}

/* A word without a value is read like one with an empty value, which nothing here allows. */
static enum cmdline_code read_word(const struct kernel_word *word, struct reading *reading, struct why *why) {
    if (slice_is(word->key, "composefs.digest")) return read_digest(word->value, reading, why);
    if (slice_is(word->key, "rootseal.state")) return read_state(word->value, reading, why);
    if (slice_is(word->key, "rootseal.min-sequence")) return read_sequence(word->value, reading, why);
    bool is_ours = slice_starts_with(word->key, "rootseal.") || slice_is(word->key, "composefs") ||
                   slice_starts_with(word->key, "composefs.");
    if (!is_ours) return CMDLINE_ACCEPTED;
    refuse(why, WHAT_COMMAND_LINE, "%.*s is not known", SLICE_ARGS(word->key));
    return CMDLINE_UNKNOWN;
}

/* The state belongs to the image: a directory of another one would put its /etc over this root. */
static enum cmdline_code fit_state(struct reading *reading, struct why *why) {
    struct cmdline *cmdline = reading->cmdline;
    char hex[DIGEST_HEX_SIZE];
    typed_digest_hex(&cmdline->image, hex);
    size_t size = strlen(hex);
    if (!reading->has_state) {
        memcpy(cmdline->state_id, hex, size + 1);
        return CMDLINE_ACCEPTED;
    }
    struct slice id = slice_of(cmdline->state_id);
    if (slice_starts_with(id, hex) && (id.size == size || id.at[size] == '.')) return CMDLINE_ACCEPTED;
    return fail(why, CMDLINE_STATE_MISMATCH, "rootseal.state= belongs to another image than composefs.digest=");
}

enum cmdline_code cmdline_parse(struct slice bytes, enum verify_mode mode, struct cmdline *cmdline,
                                struct why *why) {
    struct reading reading = {.mode = mode, .cmdline = cmdline};
    struct kernel_word word;
    memset(cmdline, 0, sizeof *cmdline);
    if (bytes.size > CMDLINE_MAX) return fail(why, CMDLINE_TOO_LONG, "it is longer than 65536 bytes");
    if (slice_find(bytes, 0, 0) < bytes.size) return fail(why, CMDLINE_NUL, "it contains a NUL byte");
    while (kernel_word_next(&bytes, &word)) {
        enum cmdline_code code = read_word(&word, &reading, why);
        if (code != CMDLINE_ACCEPTED) return code;
    }
    if (!reading.has_image)
        return fail(why, CMDLINE_DIGEST_MISSING, "composefs.digest= is missing: it must name the image to start");
    return fit_state(&reading, why);
}
