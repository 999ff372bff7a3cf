/* See system_error.h. */
#include "system_error.h"

#include <errno.h>
#include <string.h>

bool refuse_errno(struct why *why, const char *what, const char *subject) {
    int error = errno;
    refuse(why, what, "%s: %s", subject, strerror(error));
    errno = error;
    return false;
}

bool refuse_path(struct why *why, const char *what, const char *path) {
    if (errno != ELOOP) return refuse_errno(why, what, path);
    refuse(why, what, "%s: there is a symbolic link where none is allowed", path);
    errno = ELOOP;
    return false;
}
