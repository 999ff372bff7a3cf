/* A run of bytes inside a buffer that somebody else owns. Not ended by a NUL, and may hold any byte. */
#ifndef ROOTSEAL_SLICE_H
#define ROOTSEAL_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
    const uint8_t *at;
    /* in bytes */
    size_t size;
};

/* The bytes of a C string without its NUL. */
static inline struct slice slice_of(const char *text) {
    return (struct slice){(const uint8_t *)text, strlen(text)};
}

/* `slice` from byte `start` to before byte `end`; 0 <= start <= end <= size is the caller's business. */
static inline struct slice slice_part(struct slice slice, size_t start, size_t end) {
    return (struct slice){slice.at + start, end - start};
}

static inline bool slice_equal(struct slice a, struct slice b) {
    return a.size == b.size && (a.size == 0 || memcmp(a.at, b.at, a.size) == 0);
}

/* Whether `slice` is exactly the C string. */
static inline bool slice_is(struct slice slice, const char *text) {
    return slice_equal(slice, slice_of(text));
}

static inline bool slice_starts_with(struct slice slice, const char *text) {
    struct slice start = slice_of(text);
    return slice.size >= start.size && memcmp(slice.at, start.at, start.size) == 0;
}

/* Index of the first `byte` at or after `from`, or the size of the slice when there is none. */
static inline size_t slice_find(struct slice slice, uint8_t byte, size_t from) {
    while (from < slice.size && slice.at[from] != byte) from++;
    return from < slice.size ? from : slice.size;
}

/* For printf's %.*s: the size, at most 200, and the bytes. */
#define SLICE_SHOWN_MAX 200
#define SLICE_ARGS(slice) \
    (int)((slice).size < SLICE_SHOWN_MAX ? (slice).size : SLICE_SHOWN_MAX), (const char *)(slice).at

#endif
