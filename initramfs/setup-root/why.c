/* See why.h. */
#include "why.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* What comes from a disk must not steer a terminal. */
static void make_printable(char *text) {
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte < 0x20 || byte == 0x7f) *text = '?';
    }
}

bool refuse(struct why *why, const char *what, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    if (vsnprintf(why->sentence, sizeof why->sentence, format, arguments) < 0) why->sentence[0] = '\0';
    va_end(arguments);
    why->what = what;
    make_printable(why->sentence);
    return false;
}

bool refuse_at(struct why *why, const char *place) {
    char sentence[WHY_SIZE];
    memcpy(sentence, why->sentence, sizeof sentence);
    return refuse(why, why->what, "%.200s: %s", place, sentence);
}
