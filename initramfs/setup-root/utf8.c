/* See utf8.h. */
#include "utf8.h"

/* Size of a character by its first byte, or 0; what the first byte holds of it goes to `bits`. */
static size_t size_of_character(uint8_t first, uint32_t *bits) {
    if (first < 0x80) {
        *bits = first;
        return 1;
    }
    if (first >= 0xc2 && first <= 0xdf) {
        *bits = first & 0x1fU;
        return 2;
    }
    if (first >= 0xe0 && first <= 0xef) {
        *bits = first & 0x0fU;
        return 3;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        *bits = first & 0x07U;
        return 4;
    }
    return 0;
}

/* Smallest character that needs so many bytes. */
static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};

bool utf8_next(struct slice text, size_t *offset, uint32_t *character) {
    uint32_t bits;
    size_t size = size_of_character(text.at[*offset], &bits);
    if (size == 0 || size > text.size - *offset) return false;
    for (size_t i = 1; i < size; i++) {
        uint8_t byte = text.at[*offset + i];
        if ((byte & 0xc0) != 0x80) return false;
        bits = bits << 6 | (byte & 0x3fU);
    }
    if (bits < smallest[size] || bits > 0x10ffff || (bits >= 0xd800 && bits <= 0xdfff)) return false;
    *offset += size;
    *character = bits;
    return true;
}

bool utf8_valid(struct slice text) {
    uint32_t character;
    for (size_t offset = 0; offset < text.size;)
        if (!utf8_next(text, &offset, &character)) return false;
    return true;
}
