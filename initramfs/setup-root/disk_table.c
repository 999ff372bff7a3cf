/* See disk_table.h. */
#include "disk_table.h"

#include <errno.h>
#include <linux/fs.h>
#include <unistd.h>

#include "control.h"

#define BLOCK_MIN 512
#define BLOCK_MAX 4096
/* Protective MBR, header, and a copy of it. */
#define BLOCKS_MIN 3

struct disk {
    int device;
    uint32_t block_size;
    uint64_t blocks;
};

static bool read_at(const struct disk *disk, uint64_t block, uint8_t *bytes, size_t size) {
    uint64_t offset = block * disk->block_size;
    for (size_t done = 0; done < size;) {
        ssize_t count = pread(disk->device, bytes + done, size - done, (off_t)(offset + done));
        if (count == -1 && errno == EINTR) continue;
        if (count < 1) return false;
        done += (size_t)count;
    }
    return true;
}

static bool read_table_at(const struct disk *disk, uint64_t position, struct disk_table *table) {
    uint8_t block[BLOCK_MAX];
    struct slice header = {block, disk->block_size};
    if (!read_at(disk, position, block, disk->block_size) ||
        !gpt_header_parse(header, position, disk->blocks, &table->header))
        return false;
    struct slice bytes = {table->bytes, table->header.table_size};
    return read_at(disk, table->header.table_start, table->bytes, bytes.size) && gpt_table_valid(bytes, &table->header);
}

bool read_table_of(int file, uint32_t block_size, uint64_t blocks, struct disk_table *table) {
    if (block_size < BLOCK_MIN || block_size > BLOCK_MAX || blocks < BLOCKS_MIN) return false;
    struct disk disk = {file, block_size, blocks};
    return read_table_at(&disk, 1, table) || read_table_at(&disk, blocks - 1, table);
}

bool read_disk_table(int device, struct disk_table *table) {
    int block_size;
    uint64_t size;
    if (control(device, BLKSSZGET, &block_size) == -1 || control(device, BLKGETSIZE64, &size) == -1) return false;
    if (block_size < BLOCK_MIN) return false;
    return read_table_of(device, (uint32_t)block_size, size / (uint32_t)block_size, table);
}

bool next_partition(const struct disk_table *table, uint32_t *index, struct gpt_partition *partition) {
    struct slice bytes = {table->bytes, table->header.table_size};
    while (*index < table->header.entry_count)
        if (gpt_partition_parse(bytes, &table->header, (*index)++, partition)) return true;
    return false;
}
