/*
 * The words of a kernel command line, split as the kernel does it: next_arg() in lib/cmdline.c and isspace() in
 * lib/ctype.c of Linux 6.12. A pair of double quotes around a value or around a whole word is taken away; a quote that is
 * never closed reaches to the end.
 */
#ifndef ROOTSEAL_KERNEL_WORDS_H
#define ROOTSEAL_KERNEL_WORDS_H

#include "slice.h"

struct kernel_word {
    struct slice key;
    /* Whether there is an equals sign. `x=` has an empty value, `x` has none. */
    bool has_value;
    struct slice value;
};

/*
 * Takes the next word off the front of `rest`. Returns false when there is none. A lone `--` is a word like others: what
 * stands behind it is read too.
 */
bool kernel_word_next(struct slice *rest, struct kernel_word *word);

#endif
