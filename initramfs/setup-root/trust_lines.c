/* See trust_lines.h. */
#include "trust_lines.h"

bool trust_file_counts(const char *name, const char *suffix) {
    size_t size = strlen(name);
    size_t tail = strlen(suffix);
    return name[0] != '.' && size >= tail && memcmp(name + size - tail, suffix, tail) == 0;
}

bool trust_lines_start(struct slice file, const char *what, struct trust_lines *lines, struct why *why) {
    if (file.size > TRUST_FILE_MAX) return refuse(why, what, "the file is longer than %d bytes", TRUST_FILE_MAX);
    if (slice_find(file, 0, 0) < file.size) return refuse(why, what, "the file contains a NUL byte");
    *lines = (struct trust_lines){.rest = file, .number = 0};
    return true;
}

static bool is_blank(uint8_t byte) { return byte == ' ' || byte == '\t'; }

struct slice trim_blanks(struct slice text) {
    size_t start = 0;
    size_t end = text.size;
    while (start < end && is_blank(text.at[start])) start++;
    while (end > start && is_blank(text.at[end - 1])) end--;
    return slice_part(text, start, end);
}

bool trust_lines_next(struct trust_lines *lines, struct slice *line) {
    while (lines->rest.size > 0) {
        size_t end = slice_find(lines->rest, '\n', 0);
        struct slice text = trim_blanks(slice_part(lines->rest, 0, end));
        size_t next = end < lines->rest.size ? end + 1 : end;
        lines->rest = slice_part(lines->rest, next, lines->rest.size);
        lines->number++;
        if (text.size == 0 || text.at[0] == '#' || text.at[0] == ';') continue;
        *line = text;
        return true;
    }
    return false;
}
