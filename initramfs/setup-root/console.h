/* Telling people what happens: on the console, and in a log that outlives it. */
#ifndef ROOTSEAL_CONSOLE_H
#define ROOTSEAL_CONSOLE_H

/* Longest line in bytes. */
#define CONSOLE_LINE_MAX 2048

/*
 * Prints `rootseal: <text>`. Standard error goes where the caller wants it (under systemd to journal and console, for PID 1 to
 * the console). Without a journal the line is written to the kernel's log too, where journald finds it later.
 */
void console_line(const char *text);

#endif
