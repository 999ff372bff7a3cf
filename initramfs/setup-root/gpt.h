/*
 * GUID partition tables (UEFI 2.10, section 5.3): bytes of a disk in, partitions out. Makes no system call. A disk that
 * somebody else wrote is read here, so every number in it is checked before it is used.
 */
#ifndef ROOTSEAL_GPT_H
#define ROOTSEAL_GPT_H

#include "slice.h"

#define GUID_SIZE 16
/* Largest table of entries that is read, in bytes: 1024 entries of 128. */
#define GPT_TABLE_MAX (1024 * 128)
/* Bit of the attributes: not to be found automatically (Discoverable Partitions Specification). */
#define GPT_NO_AUTO (UINT64_C(1) << 63)

struct gpt_header {
    /* The disk's blocks, in blocks. */
    uint64_t first_usable;
    uint64_t last_usable;
    /* Where the table is, in blocks, and its shape. */
    uint64_t table_start;
    uint32_t entry_count;
    uint32_t entry_size;
    /* entry_count * entry_size: at most GPT_TABLE_MAX. */
    uint32_t table_size;
    uint32_t table_crc;
};

struct gpt_partition {
    uint8_t type[GUID_SIZE];
    uint8_t id[GUID_SIZE];
    /* In blocks, the last one included. */
    uint64_t first;
    uint64_t last;
    uint64_t attributes;
    /* From 1, as the kernel counts. */
    uint32_t number;
};

/*
 * Reads the header in `block`, one block of the disk, which is its block `position`; the disk has `blocks` blocks of
 * block.size bytes. Returns false when it is none, or not a sound one.
 */
bool gpt_header_parse(struct slice block, uint64_t position, uint64_t blocks, struct gpt_header *header);

/* Whether `table`, header->table_size bytes, has the checksum of the header. */
bool gpt_table_valid(struct slice table, const struct gpt_header *header);

/* Reads entry `index`, below entry_count. Returns false when it is not used, or does not lie within the usable blocks. */
bool gpt_partition_parse(struct slice table, const struct gpt_header *header, uint32_t index,
                         struct gpt_partition *partition);

/* Parses `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`, in either case, to the bytes that stand in a table. */
bool guid_parse(struct slice text, uint8_t guid[GUID_SIZE]);

#endif
