/* Finding the partition with the physical root (docs/formats/boot.md, "Root partition"). */
#ifndef ROOTSEAL_ROOT_PARTITION_H
#define ROOTSEAL_ROOT_PARTITION_H

#include "why.h"

/* "/dev/" and the longest name of a file, with its NUL. */
#define DEVICE_PATH_SIZE 264

/* Waits for the partition that the command line asks for, or else the one that can be discovered, and writes its path. */
bool find_root_partition(char path[DEVICE_PATH_SIZE], struct why *why);

/* "ext4" or "btrfs", by the superblock; NULL with a refusal for anything else. Static. */
const char *file_system_type(const char *path, struct why *why);

#endif
