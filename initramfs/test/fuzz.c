/*
 * Mutation fuzzing of everything that the boot program parses: `fuzz ITERATIONS SEED TABLE...`. Each iteration changes one
 * field of a record of the tables a little and judges it. The same numbers give the same run. A finding is a sanitizer's
 * report, or a seal that is accepted although its text is not the one that was signed.
 */
#include <stdlib.h>

#include "judge.h"

#define QUESTIONS_MAX 1024
#define EDITS_MAX 6
#define FIELDS 13
#define NOTE_FIELD 0
/* Mutants stay near the limits of the formats. */
#define MUTANT_MAX 70000

static struct question questions[QUESTIONS_MAX];
static size_t question_count;
/* Those that are accepted as they are: the first mistake in them decides. */
static const struct question *good[QUESTIONS_MAX];
static size_t good_count;
static uint64_t state;

/* xorshift64*: no more than a spread of numbers is wanted. */
static uint64_t next_random(void) {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * UINT64_C(0x2545f4914f6cdd1d);
}

static size_t below(size_t limit) { return limit == 0 ? 0 : (size_t)(next_random() >> 16) % limit; }

static struct slice *field_of(struct question *question, size_t index) {
    struct slice *const fields[FIELDS] = {&question->note,    &question->policy, &question->keys,
                                          &question->revoked, &question->image,  &question->commit,
                                          &question->cmdline, &question->mode,   &question->floor,
                                          &question->signed_line, &question->manifest, &question->stub,
                                          &question->facts};
    return fields[index];
}

/* What grammars are made of. */
static const char *const tokens[] = {
    "\n",     "\n\n", " ",       "\t",          "=",          "\"",     "?",      "+",      "#",     ";",       "\r",
    "[verify]\n", "mode=none\n", "threshold=2\n", "min-sequence=", "0", "9007199254740991", "18446744073709551616",
    "\xe2\x80\x94 ", "\xc2\xa0", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff", "A===", "====", "v1-sha256-12:", "v0-sha512-12:",
    "composefs.digest=", "composefs=", "rootseal.state=", "rootseal.min-sequence=", "rootseal.", ".1", ".9999", "--",
    "image: ", "commit: ", "sequence: ", "console=", "ttyS0,115200n8r", " ", "\\", "'", "file ", "end\n", "command-line ",
    "/etc/rootseal/keys.d/x.pub", "/usr/lib/rootseal/revoked.d/x",
};

struct mutant {
    uint8_t bytes[MUTANT_MAX + 64];
    size_t size;
};

static void replace(struct mutant *mutant, size_t start, size_t end, const uint8_t *bytes, size_t size) {
    if (mutant->size - (end - start) + size > MUTANT_MAX) return;
    memmove(mutant->bytes + start + size, mutant->bytes + end, mutant->size - end);
    if (size > 0) memcpy(mutant->bytes + start, bytes, size);
    mutant->size += size - (end - start);
}

static void edit(struct mutant *mutant) {
    size_t start = below(mutant->size + 1);
    size_t size = below(mutant->size - start + 1);
    if (below(4) != 0 && size > 8) size = below(8);
    uint8_t byte = (uint8_t)next_random();
    static uint8_t copy[MUTANT_MAX];
    struct slice token = slice_of(tokens[below(sizeof tokens / sizeof tokens[0])]);
    switch (below(7)) {
    case 0:
        if (start < mutant->size) mutant->bytes[start] ^= (uint8_t)(1U << below(8));
        break;
    case 1:
        if (start < mutant->size) mutant->bytes[start] = byte;
        break;
    case 2:
        replace(mutant, start, start, &byte, 1);
        break;
    case 3:
        replace(mutant, start, start + size, NULL, 0);
        break;
    case 4:
        replace(mutant, start, start, token.at, token.size);
        break;
    case 5:
        memcpy(copy, mutant->bytes + start, size);
        replace(mutant, below(mutant->size + 1), mutant->size, copy, size);
        break;
    default:
        memcpy(copy, mutant->bytes + start, size);
        start = below(mutant->size + 1);
        replace(mutant, start, start, copy, size);
    }
}

/* The text that a note's signatures are for: up to the last empty line. */
static struct slice text_of(struct slice note) {
    for (size_t i = note.size; i >= 2; i--)
        if (note.at[i - 2] == '\n' && note.at[i - 1] == '\n') return slice_part(note, 0, i - 1);
    return slice_part(note, 0, 0);
}

static bool run_once(unsigned *accepted) {
    static struct mutant mutant;
    struct question question = below(4) == 0 ? questions[below(question_count)] : *good[below(good_count)];
    size_t index = below(FIELDS);
    struct slice *field = field_of(&question, index);
    /* Fields that the judge does not look at are not worth the time. */
    while (field->size == 0 && below(8) != 0) field = field_of(&question, index = below(FIELDS));
    struct slice original = *field;
    struct slice source = below(16) == 0 ? *field_of(&questions[below(question_count)], index) : original;
    mutant.size = source.size < MUTANT_MAX ? source.size : MUTANT_MAX;
    if (mutant.size > 0) memcpy(mutant.bytes, source.at, mutant.size);
    for (size_t edits = 1 + below(EDITS_MAX); edits > 0; edits--) edit(&mutant);
    *field = slice_copy((struct slice){mutant.bytes, mutant.size});
    char verdict[VERDICT_SIZE];
    judge(&question, verdict);
    bool is_accepted = strstr(verdict, "_ACCEPTED") != NULL;
    *accepted += is_accepted;
    bool is_forged = is_accepted && index == NOTE_FIELD && source.at == original.at && question.is_seal &&
                     !question.is_cmdline && !question.is_floor && !question.is_manifest && !question.is_assurance && !slice_equal(text_of(*field), text_of(original));
    slice_free(*field);
    if (is_forged) printf("accepted although the signed text was changed\n");
    return !is_forged;
}

static void load(const char *name) {
    FILE *file = fopen(name, "r");
    struct record record;
    if (file == NULL) {
        perror(name);
        exit(2);
    }
    while (question_count < QUESTIONS_MAX && record_read(file, &record)) {
        struct question *question = &questions[question_count++];
        char verdict[VERDICT_SIZE];
        question_of(&record, question);
        judge(question, verdict);
        if (strstr(verdict, "_ACCEPTED") != NULL) good[good_count++] = question;
        record_free(&record);
    }
    fclose(file);
}

int main(int argc, char **argv) {
    if (argc < 4) return 2;
    unsigned long iterations = strtoul(argv[1], NULL, 10);
    state = strtoull(argv[2], NULL, 10) + UINT64_C(0x9e3779b97f4a7c15);
    for (int i = 3; i < argc; i++) load(argv[i]);
    unsigned accepted = 0;
    unsigned findings = 0;
    if (good_count == 0) return 2;
    for (unsigned long i = 0; i < iterations; i++)
        if (!run_once(&accepted)) findings++;
    printf("%lu mutants of %zu records, %u accepted, %u findings\n", iterations, question_count, accepted, findings);
    for (size_t i = 0; i < question_count; i++) question_free(&questions[i]);
    return findings > 0 ? 1 : 0;
}
