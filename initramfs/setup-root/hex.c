/* See hex.h. */
#include "hex.h"

/* Value of a lower-case digit, or -1. */
static int digit_value(uint8_t digit) {
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    return -1;
}

bool hex_parse(struct slice text, uint8_t *bytes, size_t size) {
    if (text.size != 2 * size) return false;
    for (size_t i = 0; i < size; i++) {
        int high = digit_value(text.at[2 * i]);
        int low = digit_value(text.at[2 * i + 1]);
        if (high < 0 || low < 0) return false;
        bytes[i] = (uint8_t)(high * 16 + low);
    }
    return true;
}

void hex_print(const uint8_t *bytes, size_t size, char *text) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        *text++ = digits[bytes[i] >> 4];
        *text++ = digits[bytes[i] & 15];
    }
    *text = '\0';
}
