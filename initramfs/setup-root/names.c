/* See names.h. */
#include "names.h"

#include "utf8.h"

static bool is_letter_or_digit(uint8_t byte) {
    return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
}

bool commit_name_valid(struct slice name) {
    if (name.size == 0 || name.size > COMMIT_NAME_MAX) return false;
    for (size_t i = 0; i < name.size; i++) {
        uint8_t byte = name.at[i];
        bool is_sign = byte == '.' || byte == '_' || byte == '~' || byte == '-';
        if (!is_letter_or_digit(byte) && !(is_sign && i > 0)) return false;
    }
    return true;
}

bool version_valid(struct slice version) {
    if (version.size == 0 || version.size > VERSION_MAX) return false;
    for (size_t i = 0; i < version.size; i++)
        if (version.at[i] < 0x21 || version.at[i] > 0x7e) return false;
    return true;
}

/* Unicode property White_Space beyond the control characters (PropList.txt; the same in Unicode 6.3 to 16). */
static bool is_white_space(uint32_t character) {
    return character == 0x20 || character == 0xa0 || character == 0x1680 ||
           (character >= 0x2000 && character <= 0x200a) || character == 0x2028 || character == 0x2029 ||
           character == 0x202f || character == 0x205f || character == 0x3000;
}

/* U+0009 to U+000D and U+0085, which are white space too, are among these. */
static bool is_control(uint32_t character) {
    return character < 0x20 || (character >= 0x7f && character <= 0x9f);
}

bool key_name_valid(struct slice name) {
    if (name.size == 0 || name.size > KEY_NAME_MAX) return false;
    uint32_t character;
    for (size_t offset = 0; offset < name.size;) {
        if (!utf8_next(name, &offset, &character)) return false;
        if (character == '+' || is_white_space(character) || is_control(character)) return false;
    }
    return true;
}
