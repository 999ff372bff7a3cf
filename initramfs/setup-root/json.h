/* Writing JSON (RFC 8259) into a buffer of fixed size. */
#ifndef ROOTSEAL_JSON_H
#define ROOTSEAL_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json {
    char *text;
    size_t capacity;
    size_t size;
    /* Something did not fit; the text is of no use then. */
    bool is_full;
    bool needs_comma;
};

struct json json_start(char *text, size_t capacity);

/* Key of the next value; not in arrays. */
void json_key(struct json *json, const char *key);

/* `bracket` is one of { [ } ]. */
void json_open(struct json *json, char bracket);
void json_close(struct json *json, char bracket);

/* Bytes that are not UTF-8 become question marks. */
void json_string(struct json *json, const char *value);
void json_number(struct json *json, uint64_t value);
void json_boolean(struct json *json, bool value);

/* A newline at the end of the document. */
void json_end(struct json *json);

#endif
