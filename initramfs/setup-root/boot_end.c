/* See boot_end.h. Boot counting: systemd.io/AUTOMATIC_BOOT_ASSESSMENT. */
#include "boot_end.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

#include "beneath.h"
#include "console.h"
#include "efi_variables.h"

/* Shown before a reboot. */
#define COUNTED "boot counting is on: rebooting into the next boot entry"
#define STAYING "the boot ends here; there is no shell"

static void reboot_now(void) {
    sync();
    reboot(RB_AUTOBOOT);
}

void reboot_if_counted(void) {
    if (!loader_variable_exists("LoaderBootCountPath")) return;
    console_line(COUNTED);
    reboot_now();
}

/* 0 when the kernel does not say. */
static long panic_seconds(void) {
    char text[32];
    size_t size = 0;
    if (!read_trusted_file(AT_FDCWD, "/proc/sys/kernel/panic", (uint8_t *)text, sizeof text - 1, &size)) return 0;
    text[size] = '\0';
    return strtol(text, NULL, 10);
}

/* The line itself may have been scrolled away. The file's text is printable, and short. */
void show_refusal(void) {
    char text[CONSOLE_LINE_MAX];
    size_t size = 0;
    if (!read_trusted_file(AT_FDCWD, "/run/rootseal/refused.json", (uint8_t *)text, sizeof text - 1, &size)) return;
    while (size > 0 && text[size - 1] == '\n') size--;
    text[size] = '\0';
    console_line(text);
}

static void sleep_seconds(unsigned seconds) {
    while (seconds > 0) seconds = sleep(seconds);
}

void end_boot(void) {
    reboot_if_counted();
    long seconds = panic_seconds();
    if (seconds != 0) {
        char line[64];
        snprintf(line, sizeof line, "rebooting in %ld seconds", seconds < 0 ? 0 : seconds);
        console_line(line);
        if (seconds > 0) sleep_seconds(seconds > 86400 ? 86400 : (unsigned)seconds);
        reboot_now();
    }
    console_line(STAYING);
    /* As PID 1, everybody's children end up here. */
    for (;;)
        if (wait(NULL) == -1) pause();
}
