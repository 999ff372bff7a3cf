/* See decimal.h. */
#include "decimal.h"

#define DIGITS_MAX 16

bool decimal_parse(struct slice text, uint64_t *value) {
    if (text.size == 0 || text.size > DIGITS_MAX) return false;
    if (text.at[0] == '0' && text.size > 1) return false;
    uint64_t sum = 0;
    /* 16 digits stay below 2^54. */
    for (size_t i = 0; i < text.size; i++) {
        if (text.at[i] < '0' || text.at[i] > '9') return false;
        sum = sum * 10 + (uint64_t)(text.at[i] - '0');
    }
    if (sum > DECIMAL_MAX) return false;
    *value = sum;
    return true;
}
