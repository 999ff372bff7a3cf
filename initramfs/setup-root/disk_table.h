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

/* The same for any open file, with `blocks` blocks of `block_size` (512 to 4096) bytes. */
bool read_table_of(int file, uint32_t block_size, uint64_t blocks, struct disk_table *table);

/* The next partition at or after entry `*index`, which is moved behind it. Returns false at the end. */
bool next_partition(const struct disk_table *table, uint32_t *index, struct gpt_partition *partition);

#endif
