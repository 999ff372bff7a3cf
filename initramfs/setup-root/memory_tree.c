/* See memory_tree.h. */
#include "memory_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Directories in an initramfs do not go deeper. What lies below is not removed. */
#define DEPTH_MAX 32

static void remove_below(int directory, dev_t device, bool (*is_kept)(int, const char *), unsigned depth) {
    DIR *entries = fdopendir(directory);
    const struct dirent *entry;
    if (entries == NULL) {
        close(directory);
        return;
    }
    while ((entry = readdir(entries)) != NULL) {
        struct stat status;
        const char *name = entry->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) continue;
        if (is_kept != NULL && is_kept(directory, name)) continue;
        if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == -1 || status.st_dev != device) continue;
        if (S_ISDIR(status.st_mode) && depth < DEPTH_MAX) {
            int below = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
            if (below != -1) remove_below(below, device, NULL, depth + 1);
        }
        unlinkat(directory, name, S_ISDIR(status.st_mode) ? AT_REMOVEDIR : 0);
    }
    closedir(entries);
}

void remove_contents(int directory, dev_t device, bool (*is_kept)(int directory, const char *name)) {
    remove_below(directory, device, is_kept, 0);
}
