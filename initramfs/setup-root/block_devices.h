/* The disks that the kernel knows, by /sys/class/block. */
#ifndef ROOTSEAL_BLOCK_DEVICES_H
#define ROOTSEAL_BLOCK_DEVICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "disk_table.h"

/* `disk` is its name in /sys/class/block, `device` is open for reading. */
typedef void on_disk(const char *disk, int device, void *context);

/* Calls `action` for every disk that is not empty; partitions are not disks. */
void for_each_disk(on_disk *action, void *context);

/* Writes the path in /dev of a disk's partition. Returns false when the kernel has none of this number. */
bool partition_path(const char *disk, uint32_t number, char *path, size_t capacity);

#endif
