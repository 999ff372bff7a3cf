/*
 * See exact_cmdline.h. Bytes are compared, not words: the kernel, systemd and shells split words by rules of their own, and for all of
 * them the same bytes are the same words. What follows has no byte that any of them takes for something else than a part of one word.
 */
#include "exact_cmdline.h"

#define CONSOLE_WORD "console="
#define DEVICE_LETTERS_MAX 8
#define DEVICE_DIGITS_MAX 3
#define SPEED_DIGITS_MAX 7

static bool is_digit(uint8_t byte) { return byte >= '0' && byte <= '9'; }
static bool is_letter(uint8_t byte) { return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z'); }

/* Takes the bytes off the front for which `is` holds. Returns how many. */
static size_t take_while(struct slice *text, bool (*is)(uint8_t byte)) {
    size_t count = 0;
    while (count < text->size && is(text->at[count])) count++;
    *text = slice_part(*text, count, text->size);
    return count;
}

/* Takes one of the bytes of `set` off the front, if it is there. */
static bool take_one_of(struct slice *text, const char *set) {
    if (text->size == 0 || strchr(set, text->at[0]) == NULL || text->at[0] == '\0') return false;
    *text = slice_part(*text, 1, text->size);
    return true;
}

/*
 * `<letters><digits>[,<digits>[<n, o or e>[<digit>[r]]]]`: a device, and the speed, parity, bits and flow of a serial line (Linux 6.12
 * Documentation/admin-guide/serial-console.rst). No more, for an address there (`console=uart8250,mmio32,<address>`) would have the
 * kernel write its messages to any place of the memory.
 */
static bool is_console(struct slice word) {
    if (!slice_starts_with(word, CONSOLE_WORD)) return false;
    struct slice text = slice_part(word, sizeof CONSOLE_WORD - 1, word.size);
    size_t letters = take_while(&text, is_letter);
    size_t digits = take_while(&text, is_digit);
    if (letters < 1 || letters > DEVICE_LETTERS_MAX || digits < 1 || digits > DEVICE_DIGITS_MAX) return false;
    if (text.size == 0) return true;
    if (!take_one_of(&text, ",")) return false;
    size_t speed = take_while(&text, is_digit);
    if (speed < 1 || speed > SPEED_DIGITS_MAX) return false;
    if (take_one_of(&text, "noe") && take_one_of(&text, "5678")) take_one_of(&text, "r");
    return text.size == 0;
}

enum cmdline_code cmdline_exact(struct slice bytes, struct slice signed_line, struct why *why) {
    struct slice rest = bytes;
    if (rest.size > 0 && rest.at[rest.size - 1] == '\n') rest.size--;
    bool is_start = rest.size >= signed_line.size && memcmp(rest.at, signed_line.at, signed_line.size) == 0;
    if (is_start) rest = slice_part(rest, signed_line.size, rest.size);
    if (!is_start || (rest.size > 0 && rest.at[0] != ' ')) {
        refuse(why, WHAT_COMMAND_LINE, "it is not the one that was signed");
        return CMDLINE_CHANGED;
    }
    while (rest.size > 0) {
        rest = slice_part(rest, 1, rest.size);
        size_t end = slice_find(rest, ' ', 0);
        struct slice word = slice_part(rest, 0, end);
        rest = slice_part(rest, end, rest.size);
        if (word.size == 0 || is_console(word)) continue;
        refuse(why, WHAT_COMMAND_LINE, "%.*s was not signed", SLICE_ARGS(word));
        return CMDLINE_EXTRA;
    }
    return CMDLINE_ACCEPTED;
}
