/* See console.h. */
#include "console.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* syslog(3): daemon, notice. */
#define LOG_PREFIX "<29>"

/* One write, so that nothing else gets into the line. It is not tried again: there is nobody else to tell. */
static void write_line(int file, const char *line, int size) {
    if (size > 0 && write(file, line, (size_t)size) == -1) return;
}

/*
 * Whether standard error is connected to the journal. Then systemd says its device and inode (systemd.exec(5), JOURNAL_STREAM); what
 * else a variable of this name says is not from systemd.
 */
static bool is_journal(void) {
    char stream[64];
    struct stat status;
    const char *named = getenv("JOURNAL_STREAM");
    if (named == NULL || fstat(STDERR_FILENO, &status) == -1) return false;
    snprintf(stream, sizeof stream, "%ju:%ju", (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
    return strcmp(named, stream) == 0;
}

void console_line(const char *text) {
    char line[CONSOLE_LINE_MAX];
    int size = snprintf(line, sizeof line, LOG_PREFIX "rootseal: %.*s\n", CONSOLE_LINE_MAX - 32, text);
    int prefix = (int)sizeof LOG_PREFIX - 1;
    write_line(STDERR_FILENO, line + prefix, size - prefix);
    if (is_journal()) return;
    int log = open("/dev/kmsg", O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (log == -1) return;
    write_line(log, line, size);
    close(log);
}
