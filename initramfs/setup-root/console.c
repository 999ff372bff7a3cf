/* See console.h. */
#include "console.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* syslog(3): daemon, notice. */
#define LOG_PREFIX "<29>"

/* One write, so that nothing else gets into the line. It is not tried again: there is nobody else to tell. */
static void write_line(int file, const char *line, int size) {
    if (size > 0 && write(file, line, (size_t)size) == -1) return;
}

void console_line(const char *text) {
    char line[CONSOLE_LINE_MAX];
    int size = snprintf(line, sizeof line, LOG_PREFIX "rootseal: %.*s\n", CONSOLE_LINE_MAX - 32, text);
    int prefix = (int)sizeof LOG_PREFIX - 1;
    write_line(STDERR_FILENO, line + prefix, size - prefix);
    /* systemd sets this where standard error is connected to the journal. */
    if (getenv("JOURNAL_STREAM") != NULL) return;
    int log = open("/dev/kmsg", O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (log == -1) return;
    write_line(log, line, size);
    close(log);
}
