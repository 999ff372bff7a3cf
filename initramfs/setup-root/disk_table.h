/* The partition table of one disk, read from its device. */
#ifndef ROOTSEAL_DISK_TABLE_H
#define ROOTSEAL_DISK_TABLE_H

#include "gpt.h"

struct disk_table {
    struct gpt_header header;
    uint8_t bytes[GPT_TABLE_MAX];
};

/*
 * Reads the table of the block device, else the copy at its end. Returns false when there is none. Large: keep the table in
 * static memory.
 */
bool read_disk_table(int device, struct disk_table *table);

/* The next partition at or after entry `*index`, which is moved behind it. Returns false at the end. */
bool next_partition(const struct disk_table *table, uint32_t *index, struct gpt_partition *partition);

#endif
