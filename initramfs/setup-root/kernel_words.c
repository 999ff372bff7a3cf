/* See kernel_words.h. */
#include "kernel_words.h"

/* isspace() of the kernel works on Latin-1: the no-break space 0xa0 separates words too. */
static bool is_space(uint8_t byte) { return byte == ' ' || (byte >= 0x09 && byte <= 0x0d) || byte == 0xa0; }

static struct slice skip_spaces(struct slice text) {
    size_t start = 0;
    while (start < text.size && is_space(text.at[start])) start++;
    return slice_part(text, start, text.size);
}

/* Where a word ends, and where its first equals sign is. As in the kernel, one at the very start is none. */
struct extent {
    size_t end;
    size_t equals;
};

static struct extent measure(struct slice text, bool in_quote) {
    struct extent extent = {.end = 0, .equals = 0};
    for (; extent.end < text.size; extent.end++) {
        uint8_t byte = text.at[extent.end];
        if (is_space(byte) && !in_quote) break;
        if (byte == '=' && extent.equals == 0) extent.equals = extent.end;
        if (byte == '"') in_quote = !in_quote;
    }
    return extent;
}

bool kernel_word_next(struct slice *rest, struct kernel_word *word) {
    struct slice text = skip_spaces(*rest);
    if (text.size == 0) return false;
    bool is_quoted = text.at[0] == '"';
    if (is_quoted) text = slice_part(text, 1, text.size);
    struct extent extent = measure(text, is_quoted);
    size_t equals = extent.equals;
    size_t end = extent.end;
    size_t start = equals + 1;
    bool has_closing = end > 0 && text.at[end - 1] == '"';
    word->has_value = equals > 0;
    bool value_is_quoted = word->has_value && start < end && text.at[start] == '"';
    if (value_is_quoted) start++;
    if (has_closing && (is_quoted || value_is_quoted)) end--;
    if (word->has_value) {
        word->key = slice_part(text, 0, equals);
        /* `x="` has one quote for both ends. */
        word->value = slice_part(text, start < end ? start : end, end);
    } else {
        word->key = slice_part(text, 0, end);
        word->value = slice_part(text, end, end);
    }
    *rest = slice_part(text, extent.end, text.size);
    return true;
}
