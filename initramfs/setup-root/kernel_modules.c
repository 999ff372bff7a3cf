/* See kernel_modules.h. */
#include "kernel_modules.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "beneath.h"
#include "console.h"
#include "slice.h"

#define LIST_PATH "/usr/lib/rootseal/modules.load"
#define LIST_MAX 65536
#define MODULE_PATH_SIZE 512
/* MODULE_INIT_COMPRESSED_FILE of linux/module.h, which older headers lack. */
#define MODULE_IS_COMPRESSED 4

static void remark(const char *path) {
    char line[MODULE_PATH_SIZE + 128];
    snprintf(line, sizeof line, "module %s: %s", path, strerror(errno));
    console_line(line);
}

/* A hash by instructions that this processor lacks: another implementation is used. What else says ENODEV is worth a remark. */
static bool is_for_other_processor(const char *path) {
    const char *name = strrchr(path, '/');
    return errno == ENODEV && name != NULL && strncmp(name, "/sha", 4) == 0;
}

static void load_module(const char *path) {
    int module = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (module == -1) {
        remark(path);
        return;
    }
    if (syscall(SYS_finit_module, module, "", 0) == -1 && errno != EEXIST && !is_for_other_processor(path)) remark(path);
    close(module);
}

/* The kernel unpacks a compressed one itself, if it can (Linux 5.17, MODULE_DECOMPRESS): there is no modprobe that could be trusted here. */
void load_variables_module(void) {
    static const char *const suffixes[] = {"", ".xz", ".zst", ".gz"};
    struct utsname kernel;
    if (uname(&kernel) == -1) return;
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        char path[MODULE_PATH_SIZE];
        snprintf(path, sizeof path, "/usr/lib/modules/%s/kernel/fs/efivarfs/efivarfs.ko%s", kernel.release, suffixes[i]);
        int module = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        if (module == -1) continue;
        if (syscall(SYS_finit_module, module, "", i == 0 ? 0 : MODULE_IS_COMPRESSED) == -1 && errno != EEXIST &&
            errno != ENODEV)
            remark(path);
        close(module);
        return;
    }
}

void load_kernel_modules(void) {
    static uint8_t bytes[LIST_MAX];
    struct slice list = {.at = bytes};
    if (!read_trusted_file(AT_FDCWD, LIST_PATH, bytes, sizeof bytes, &list.size)) {
        if (errno != ENOENT) remark(LIST_PATH);
        return;
    }
    while (list.size > 0) {
        char path[MODULE_PATH_SIZE];
        size_t end = slice_find(list, '\n', 0);
        snprintf(path, sizeof path, "%.*s", (int)end, (const char *)list.at);
        if (path[0] == '/') load_module(path);
        list = slice_part(list, end < list.size ? end + 1 : end, list.size);
    }
}
