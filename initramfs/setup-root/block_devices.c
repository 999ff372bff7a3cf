/* See block_devices.h. Linux Documentation/ABI/stable/sysfs-block. */
#include "block_devices.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "beneath.h"
#include "decimal.h"

#define CLASS_PATH "/sys/class/block"
#define PATH_SIZE 640

/* Reads a number that the kernel wrote, with a newline behind it. */
static bool read_number(const char *disk, const char *part, const char *name, uint64_t *number) {
    char path[PATH_SIZE];
    uint8_t text[32];
    size_t size;
    snprintf(path, sizeof path, CLASS_PATH "/%s%s/%s", disk, part, name);
    if (!read_trusted_file(AT_FDCWD, path, text, sizeof text, &size)) return false;
    struct slice bytes = {text, size};
    return decimal_parse(slice_part(bytes, 0, slice_find(bytes, '\n', 0)), number);
}

/* In /dev, an exclamation mark of a name is a slash. */
static void device_path(const char *name, char *path, size_t capacity) {
    snprintf(path, capacity, "/dev/%s", name);
    for (; *path != '\0'; path++)
        if (*path == '!') *path = '/';
}

static void visit(const char *disk, on_disk *action, void *context) {
    char path[PATH_SIZE];
    uint64_t number;
    if (read_number(disk, "", "partition", &number)) return;
    /* Empty are loop devices without a file and drives without a medium. */
    if (!read_number(disk, "", "size", &number) || number == 0) return;
    device_path(disk, path, sizeof path);
    int device = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (device == -1) return;
    action(disk, device, context);
    close(device);
}

void for_each_disk(on_disk *action, void *context) {
    DIR *disks = opendir(CLASS_PATH);
    const struct dirent *disk;
    if (disks == NULL) return;
    while ((disk = readdir(disks)) != NULL)
        if (disk->d_name[0] != '.') visit(disk->d_name, action, context);
    closedir(disks);
}

bool partition_path(const char *disk, uint32_t number, char *path, size_t capacity) {
    char directory[PATH_SIZE];
    struct stat status;
    snprintf(directory, sizeof directory, CLASS_PATH "/%s", disk);
    DIR *entries = opendir(directory);
    const struct dirent *entry;
    bool is_found = false;
    if (entries == NULL) return false;
    while (!is_found && (entry = readdir(entries)) != NULL) {
        char part[300];
        uint64_t found;
        /* Partitions are directories whose names begin with that of the disk. */
        if (strncmp(entry->d_name, disk, strlen(disk)) != 0) continue;
        snprintf(part, sizeof part, "/%s", entry->d_name);
        if (!read_number(disk, part, "partition", &found) || found != number) continue;
        device_path(entry->d_name, path, capacity);
        is_found = stat(path, &status) == 0 && S_ISBLK(status.st_mode);
    }
    closedir(entries);
    return is_found;
}
