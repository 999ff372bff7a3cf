/* The command line of a unified kernel image: the one that was signed, and nothing else (docs/formats/boot.md, "Trust manifest"). */
#ifndef ROOTSEAL_EXACT_CMDLINE_H
#define ROOTSEAL_EXACT_CMDLINE_H

#include "cmdline.h"

/*
 * Compares the bytes of /proc/cmdline with the command line of the trust manifest, which must be that of a parsed one. They must be
 * the same, but for words `console=` behind it that can do nothing but choose where messages are shown. Refuses ("command line")
 * with CMDLINE_CHANGED or CMDLINE_EXTRA.
 */
enum cmdline_code cmdline_exact(struct slice bytes, struct slice signed_line, struct why *why);

#endif
