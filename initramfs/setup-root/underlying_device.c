/* See underlying_device.h. Linux Documentation/ABI/stable/sysfs-block, block/holder.c. */
#include "underlying_device.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "beneath.h"
#include "decimal.h"

/* Deeper than anybody builds: a file system on LVM on LUKS on RAID has 3. */
#define DEPTH_MAX 8

/* What the kernel wrote: MAJOR:MINOR and a newline. */
static bool parse_number(struct slice text, dev_t *device) {
    uint64_t first, second;
    size_t colon = slice_find(text, ':', 0), end = slice_find(text, '\n', 0);
    if (colon >= end || !decimal_parse(slice_part(text, 0, colon), &first)) return false;
    if (!decimal_parse(slice_part(text, colon + 1, end), &second)) return false;
    if (first > UINT32_MAX || second > UINT32_MAX) return false;
    *device = makedev((unsigned)first, (unsigned)second);
    return true;
}

static bool read_number(int slaves, const char *name, dev_t *device) {
    char path[300];
    uint8_t bytes[64];
    size_t size;
    snprintf(path, sizeof path, "%s/dev", name);
    if (!read_trusted_file(slaves, path, bytes, sizeof bytes, &size)) return false;
    return parse_number((struct slice){bytes, size}, device);
}

/* Writes the number of the one device that this one lies on. Returns false when there are none or several. */
static bool only_slave(const char *devices, dev_t device, dev_t *slave) {
    char path[256];
    const struct dirent *entry;
    unsigned count = 0;
    bool is_read = true;
    snprintf(path, sizeof path, "%s/%u:%u/slaves", devices, major(device), minor(device));
    DIR *slaves = opendir(path);
    if (slaves == NULL) return false;
    while ((entry = readdir(slaves)) != NULL) {
        if (entry->d_name[0] == '.') continue;
        count++;
        is_read = is_read && read_number(dirfd(slaves), entry->d_name, slave);
    }
    closedir(slaves);
    return count == 1 && is_read;
}

dev_t underlying_device(const char *devices, dev_t device) {
    dev_t slave = 0;
    for (unsigned depth = 0; depth < DEPTH_MAX && only_slave(devices, device, &slave); depth++) device = slave;
    return device;
}
