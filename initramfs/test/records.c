/* See records.h. */
#include "records.h"

#include <stdlib.h>

#include "base64.h"

static void die(const char *problem) {
    fprintf(stderr, "records: %s\n", problem);
    exit(2);
}

static void *allocate(size_t size) {
    void *memory = malloc(size);
    if (memory == NULL) die("no memory");
    return memory;
}

struct slice slice_copy(struct slice slice) {
    /* malloc(0) gives a place whose every byte is out of bounds. */
    uint8_t *copy = allocate(slice.size);
    if (slice.size > 0) memcpy(copy, slice.at, slice.size);
    return (struct slice){copy, slice.size};
}

void slice_free(struct slice slice) { free((void *)(uintptr_t)slice.at); }

static char *copy_text(const char *text) {
    size_t size = strlen(text) + 1;
    return memcpy(allocate(size), text, size);
}

static void add_line(struct record *record, char *line) {
    char *space = strchr(line, ' ');
    if (space == NULL) die("a line has no space");
    if (record->count == RECORD_LINES_MAX) die("a record has too many lines");
    *space = '\0';
    record->words[record->count] = copy_text(line);
    record->values[record->count++] = copy_text(strcmp(space + 1, "-") == 0 ? "" : space + 1);
}

bool record_read(FILE *file, struct record *record) {
    char *line = NULL;
    size_t capacity = 0;
    ssize_t size;
    record->count = 0;
    while ((size = getline(&line, &capacity, file)) > 0) {
        if (line[size - 1] == '\n') line[--size] = '\0';
        if (size > 0)
            add_line(record, line);
        else if (record->count > 0)
            break;
    }
    free(line);
    return record->count > 0;
}

void record_free(struct record *record) {
    for (size_t i = 0; i < record->count; i++) {
        free(record->words[i]);
        free(record->values[i]);
    }
    record->count = 0;
}

const char *record_value(const struct record *record, const char *word) {
    for (size_t i = 0; i < record->count; i++)
        if (strcmp(record->words[i], word) == 0) return record->values[i];
    return NULL;
}

struct slice record_bytes(const struct record *record, const char *word) {
    const char *value = record_value(record, word);
    struct slice text = slice_of(value == NULL ? "" : value);
    uint8_t *bytes = allocate(text.size);
    size_t size;
    if (!base64_decode(text, bytes, text.size, &size)) die("a value is not base64");
    struct slice exact = slice_copy((struct slice){bytes, size});
    free(bytes);
    return exact;
}
