/* See gpt.h. */
#include "gpt.h"

#define HEADER_SIZE_MIN 92
#define ENTRY_SIZE_MIN 128
#define GUID_TEXT_SIZE 36

static uint32_t le32(struct slice bytes, size_t offset) {
    const uint8_t *at = bytes.at + offset;
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static uint64_t le64(struct slice bytes, size_t offset) {
    return (uint64_t)le32(bytes, offset) | (uint64_t)le32(bytes, offset + 4) << 32;
}

/* One byte of a CRC-32 (IEEE 802.3, reflected), four bits at a time. */
static uint32_t crc32_byte(uint32_t crc, uint8_t byte) {
    static const uint32_t table[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
        0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
    };
    crc ^= byte;
    crc = crc >> 4 ^ table[crc & 15];
    return crc >> 4 ^ table[crc & 15];
}

/* The checksum of `bytes` as if the 4 bytes at `hole` were zero; no hole with hole = bytes.size. */
static uint32_t crc32(struct slice bytes, size_t hole) {
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < bytes.size; i++) crc = crc32_byte(crc, i >= hole && i < hole + 4 ? 0 : bytes.at[i]);
    return ~crc;
}

/* The table lies on the disk, and not in the blocks that partitions may have. */
static bool table_fits(const struct gpt_header *header, size_t block_size, uint64_t blocks) {
    uint64_t table_blocks = (header->table_size + block_size - 1) / block_size;
    if (header->table_start < 2 || header->table_start >= blocks || table_blocks > blocks - header->table_start)
        return false;
    return header->table_start + table_blocks <= header->first_usable || header->table_start > header->last_usable;
}

bool gpt_header_parse(struct slice block, uint64_t position, uint64_t blocks, struct gpt_header *header) {
    if (block.size < HEADER_SIZE_MIN || !slice_starts_with(block, "EFI PART")) return false;
    uint32_t header_size = le32(block, 12);
    if (header_size < HEADER_SIZE_MIN || header_size > block.size) return false;
    if (crc32(slice_part(block, 0, header_size), 16) != le32(block, 16)) return false;
    if (le64(block, 24) != position) return false;
    header->first_usable = le64(block, 40);
    header->last_usable = le64(block, 48);
    header->table_start = le64(block, 72);
    header->entry_count = le32(block, 80);
    header->entry_size = le32(block, 84);
    header->table_crc = le32(block, 88);
    if (header->first_usable > header->last_usable || header->last_usable >= blocks) return false;
    if (header->entry_size < ENTRY_SIZE_MIN || header->entry_size > GPT_TABLE_MAX || header->entry_size % 8 != 0)
        return false;
    if (header->entry_count == 0 || header->entry_count > GPT_TABLE_MAX / header->entry_size) return false;
    header->table_size = header->entry_count * header->entry_size;
    return table_fits(header, block.size, blocks);
}

bool gpt_table_valid(struct slice table, const struct gpt_header *header) {
    return table.size == header->table_size && crc32(table, table.size) == header->table_crc;
}

bool gpt_partition_parse(struct slice table, const struct gpt_header *header, uint32_t index,
                         struct gpt_partition *partition) {
    static const uint8_t unused[GUID_SIZE];
    size_t start = (size_t)index * header->entry_size;
    struct slice entry = slice_part(table, start, start + ENTRY_SIZE_MIN);
    memcpy(partition->type, entry.at, GUID_SIZE);
    memcpy(partition->id, entry.at + GUID_SIZE, GUID_SIZE);
    partition->first = le64(entry, 32);
    partition->last = le64(entry, 40);
    partition->attributes = le64(entry, 48);
    partition->number = index + 1;
    return memcmp(partition->type, unused, GUID_SIZE) != 0 && partition->first >= header->first_usable &&
           partition->last <= header->last_usable && partition->first <= partition->last;
}

static int hex_digit(uint8_t byte) {
    if (byte >= '0' && byte <= '9') return byte - '0';
    if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10;
    if (byte >= 'A' && byte <= 'F') return byte - 'A' + 10;
    return -1;
}

bool guid_parse(struct slice text, uint8_t guid[GUID_SIZE]) {
    /* The first three numbers are little-endian: where each byte of the text goes. */
    static const uint8_t order[GUID_SIZE] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    size_t byte = 0;
    if (text.size != GUID_TEXT_SIZE) return false;
    for (size_t i = 0; i < GUID_TEXT_SIZE;) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (text.at[i++] != '-') return false;
            continue;
        }
        int high = hex_digit(text.at[i]);
        int low = hex_digit(text.at[i + 1]);
        if (high < 0 || low < 0) return false;
        guid[order[byte++]] = (uint8_t)(high << 4 | low);
        i += 2;
    }
    return true;
}
