/*
 * Checks tables of test vectors: `vectors ed25519.txt seal.txt cmdline.txt ...`. Tables of records and the one of
 * signatures are told apart by their first word. Prints each failure by its name; exit status 1 when there was one.
 */
#include <stdlib.h>

#include "ed25519.h"
#include "hex.h"
#include "judge.h"

struct tally {
    unsigned checked;
    unsigned failed;
};

static void check(struct tally *tally, const char *name, const char *expected, const char *found) {
    tally->checked++;
    if (strcmp(expected, found) == 0) return;
    tally->failed++;
    printf("%s: expected %s, found %s\n", name, expected, found);
}

static void check_records(FILE *file, struct tally *tally) {
    struct record record;
    while (record_read(file, &record)) {
        const char *name = record_value(&record, "vector");
        const char *expected = record_value(&record, "expect");
        struct question question;
        char verdict[VERDICT_SIZE];
        char full[VERDICT_SIZE + 16];
        question_of(&record, &question);
        judge(&question, verdict);
        snprintf(full, sizeof full, "%s %s", strstr(verdict, "_ACCEPTED") != NULL ? "accepted" : "refused", verdict);
        check(tally, name == NULL ? "?" : name, expected == NULL ? "?" : expected, full);
        question_free(&question);
        record_free(&record);
    }
}

/* The bytes of hex digits, "-" for none, on the heap. Ends the program when they are not digits. */
static struct slice bytes_of_hex(const char *text) {
    struct slice digits = slice_of(strcmp(text, "-") == 0 ? "" : text);
    size_t size = digits.size / 2;
    uint8_t *bytes = malloc(size + 1);
    if (bytes == NULL || !hex_parse(digits, bytes, size)) exit(2);
    struct slice exact = slice_copy((struct slice){bytes, size});
    free(bytes);
    return exact;
}

static void check_signatures(FILE *file, struct tally *tally) {
    char *line = NULL;
    size_t capacity = 0;
    while (getline(&line, &capacity, file) > 0) {
        const char *fields[5];
        char *rest = line;
        for (size_t i = 0; i < 5; i++)
            if ((fields[i] = strsep(&rest, " \n")) == NULL) exit(2);
        struct slice key = bytes_of_hex(fields[1]);
        struct slice message = bytes_of_hex(fields[2]);
        struct slice signature = bytes_of_hex(fields[3]);
        bool valid = key.size == ED25519_KEY_SIZE && signature.size == ED25519_SIGNATURE_SIZE &&
                     ed25519_verify(signature.at, message, key.at);
        check(tally, fields[0], fields[4], valid ? "valid" : "invalid");
        slice_free(key);
        slice_free(message);
        slice_free(signature);
    }
    free(line);
}

int main(int argc, char **argv) {
    struct tally tally = {0, 0};
    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "r");
        if (file == NULL) {
            perror(argv[i]);
            return 2;
        }
        char start[8] = "";
        bool has_records = fread(start, 1, 7, file) == 7 && strcmp(start, "vector ") == 0;
        rewind(file);
        unsigned before = tally.checked;
        if (has_records)
            check_records(file, &tally);
        else
            check_signatures(file, &tally);
        fclose(file);
        if (tally.checked == before) {
            printf("%s: no vectors\n", argv[i]);
            return 2;
        }
    }
    printf("%u vectors, %u failed\n", tally.checked, tally.failed);
    return tally.checked == 0 || tally.failed > 0 ? 1 : 0;
}
