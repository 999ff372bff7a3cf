/* Refusals because of a system call that failed. */
#ifndef ROOTSEAL_SYSTEM_ERROR_H
#define ROOTSEAL_SYSTEM_ERROR_H

#include "why.h"

/*
 * Refuses with `subject` (a path, or what was tried) and the text of errno. Returns false and leaves errno as it is.
 */
bool refuse_errno(struct why *why, const char *what, const char *subject);

/* The same after opening a path on which no symbolic link was allowed: that is then said, not "too many" of them. */
bool refuse_path(struct why *why, const char *what, const char *path);

#endif
