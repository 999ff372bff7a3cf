/* See base64.h. */
#include "base64.h"

/* Value of a digit, or -1. */
static int digit_value(uint8_t digit) {
    if (digit >= 'A' && digit <= 'Z') return digit - 'A';
    if (digit >= 'a' && digit <= 'z') return digit - 'a' + 26;
    if (digit >= '0' && digit <= '9') return digit - '0' + 52;
    if (digit == '+') return 62;
    if (digit == '/') return 63;
    return -1;
}

static size_t padding_of(struct slice text) {
    if (text.size < 2 || text.at[text.size - 1] != '=') return 0;
    return text.at[text.size - 2] == '=' ? 2 : 1;
}

bool base64_decode(struct slice text, uint8_t *bytes, size_t capacity, size_t *size) {
    if (text.size % 4 != 0) return false;
    size_t digits = text.size - padding_of(text);
    uint32_t bits = 0;
    unsigned held = 0;
    size_t count = 0;
    for (size_t i = 0; i < digits; i++) {
        int value = digit_value(text.at[i]);
        if (value < 0) return false;
        bits = (bits << 6 | (uint32_t)value) & 0xfff;
        held += 6;
        if (held < 8) continue;
        held -= 8;
        if (count < capacity) bytes[count] = (uint8_t)(bits >> held);
        count++;
    }
    /* What the last digit says beyond the last byte must be zero, else there were two spellings. */
    if ((bits & ((1U << held) - 1)) != 0) return false;
    *size = count;
    return true;
}
