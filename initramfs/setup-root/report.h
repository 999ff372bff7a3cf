/* What others can read about this boot: /run/rootseal/boot.json and refused.json (docs/formats/boot.md). */
#ifndef ROOTSEAL_REPORT_H
#define ROOTSEAL_REPORT_H

#include "boot.h"

/* Finds out how much the boot can be relied on, writes boot.json, and takes an older refused.json away. */
bool write_boot_report(struct boot *boot, struct why *why);

/* Writes refused.json, and takes an older boot.json away. Returns false and errno when that fails. */
bool write_refusal(const struct boot *boot, const struct why *refusal);

/* The line of success for the console: `rootseal: verified ...`. Cut when it does not fit. */
void print_verdict(const struct boot *boot, char *line, size_t capacity);

#endif
