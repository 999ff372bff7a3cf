/* See json.h. */
#include "json.h"

#include <stdio.h>

#include "utf8.h"

struct json json_start(char *text, size_t capacity) { return (struct json){.text = text, .capacity = capacity}; }

static void put_bytes(struct json *json, const char *bytes, size_t size) {
    if (size > json->capacity - json->size) {
        json->is_full = true;
        return;
    }
    memcpy(json->text + json->size, bytes, size);
    json->size += size;
}

static void put_text(struct json *json, const char *text) { put_bytes(json, text, strlen(text)); }

static void start_value(struct json *json) {
    if (json->needs_comma) put_text(json, ",");
    json->needs_comma = true;
}

static void put_character(struct json *json, const char *bytes, size_t size) {
    char escaped[8];
    unsigned char byte = (unsigned char)bytes[0];
    if (byte == '"' || byte == '\\') put_text(json, "\\");
    if (byte >= 0x20) {
        put_bytes(json, bytes, size);
        return;
    }
    snprintf(escaped, sizeof escaped, "\\u%04x", byte);
    put_text(json, escaped);
}

static void put_quoted(struct json *json, const char *value) {
    struct slice text = slice_of(value);
    size_t offset = 0;
    put_text(json, "\"");
    while (offset < text.size) {
        uint32_t character;
        size_t start = offset;
        if (utf8_next(text, &offset, &character)) {
            put_character(json, value + start, offset - start);
        } else {
            offset = start + 1;
            put_text(json, "?");
        }
    }
    put_text(json, "\"");
}

void json_key(struct json *json, const char *key) {
    start_value(json);
    put_quoted(json, key);
    put_text(json, ":");
    json->needs_comma = false;
}

void json_open(struct json *json, char bracket) {
    start_value(json);
    put_bytes(json, &bracket, 1);
    json->needs_comma = false;
}

void json_close(struct json *json, char bracket) {
    put_bytes(json, &bracket, 1);
    json->needs_comma = true;
}

void json_string(struct json *json, const char *value) {
    start_value(json);
    put_quoted(json, value);
}

void json_number(struct json *json, uint64_t value) {
    char digits[24];
    start_value(json);
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
    put_text(json, digits);
}

void json_boolean(struct json *json, bool value) {
    start_value(json);
    put_text(json, value ? "true" : "false");
}

void json_end(struct json *json) { put_text(json, "\n"); }
