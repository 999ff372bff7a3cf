/*
 * Partition tables: `partitions list FILE BLOCK_SIZE` prints what is found in the image of a disk, `partitions fuzz FILE
 * BLOCK_SIZE MUTANTS SEED` changes its tables at random, half of the time with right checksums, and reads them. A finding is a
 * sanitizer's report, or a partition that does not lie on the disk.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk_table.h"

static struct disk_table table;
static uint64_t state;

struct image {
    int file;
    uint8_t *bytes;
    size_t size;
    uint32_t block_size;
};

/* xorshift64*, as in fuzz.c. */
static size_t below(size_t limit) {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (size_t)((state * UINT64_C(0x2545f4914f6cdd1d)) >> 16) % limit;
}

static void print_guid(const uint8_t guid[GUID_SIZE]) {
    static const uint8_t order[GUID_SIZE] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    for (size_t i = 0; i < GUID_SIZE; i++) printf(i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", guid[order[i]]);
}

static bool read_table(const struct image *image) {
    return read_table_of(image->file, image->block_size, image->size / image->block_size, &table);
}

static int list(const struct image *image) {
    struct gpt_partition partition;
    uint32_t index = 0;
    if (!read_table(image)) {
        puts("no table");
        return 0;
    }
    while (next_partition(&table, &index, &partition)) {
        printf("%" PRIu32 " %" PRIu64 "-%" PRIu64 " ", partition.number, partition.first, partition.last);
        print_guid(partition.type);
        putchar(' ');
        print_guid(partition.id);
        printf(" %" PRIx64 "\n", partition.attributes);
    }
    return 0;
}

static uint32_t crc32_of(const uint8_t *bytes, size_t size) {
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (0xedb88320 & (0U - (crc & 1)));
    }
    return ~crc;
}

static void put_le32(uint8_t *at, uint32_t value) {
    for (int i = 0; i < 4; i++) at[i] = (uint8_t)(value >> 8 * i);
}

static uint32_t get_le32(const uint8_t *at) {
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* Both checksums of the header at `header`, as far as its numbers lie within the image. */
static void fix_checksums(const struct image *image, uint8_t *header) {
    uint64_t start = (uint64_t)get_le32(header + 72) * image->block_size;
    uint64_t size = (uint64_t)get_le32(header + 80) * get_le32(header + 84);
    if (start < image->size && size <= GPT_TABLE_MAX && size <= image->size - start)
        put_le32(header + 88, crc32_of(image->bytes + start, (size_t)size));
    uint32_t header_size = get_le32(header + 12);
    put_le32(header + 16, 0);
    if (header_size <= image->block_size) put_le32(header + 16, crc32_of(header, header_size));
}

static void mutate(const struct image *image) {
    uint8_t *header = image->bytes + image->block_size;
    uint8_t *other = image->bytes + image->size - image->block_size;
    uint8_t *places[] = {header, other, image->bytes + 2 * image->block_size};
    size_t spans[] = {92, 92, 512};
    for (size_t edits = 1 + below(4); edits > 0; edits--) {
        static const uint8_t bytes[] = {0, 1, 2, 0x7f, 0x80, 0xff};
        size_t which = below(3);
        size_t at = below(spans[which]);
        size_t run = 1 + below(8);
        uint8_t byte = below(2) == 0 ? bytes[below(sizeof bytes)] : (uint8_t)below(256);
        for (size_t i = at; i < at + run && i < spans[which]; i++) places[which][i] = byte;
    }
    if (below(4) > 0) {
        memcpy(header, "EFI PART", 8);
        if (below(2) == 0) memcpy(other, "EFI PART", 8);
        fix_checksums(image, header);
        fix_checksums(image, other);
    }
}

static int fuzz(const struct image *image, unsigned long mutants) {
    uint8_t *good = malloc(image->size);
    unsigned long accepted = 0;
    if (good == NULL) return 1;
    memcpy(good, image->bytes, image->size);
    for (unsigned long i = 0; i < mutants; i++) {
        struct gpt_partition partition;
        uint32_t index = 0;
        memcpy(image->bytes, good, 64 * (size_t)image->block_size);
        memcpy(image->bytes + image->size - image->block_size, good + image->size - image->block_size, image->block_size);
        mutate(image);
        if (!read_table(image)) continue;
        accepted++;
        while (next_partition(&table, &index, &partition)) {
            if (partition.first <= partition.last && partition.last < image->size / image->block_size) continue;
            printf("mutant %lu: partition %" PRIu32 " is not on the disk\n", i, partition.number);
            return 1;
        }
    }
    printf("%lu mutants, %lu accepted, 0 findings\n", mutants, accepted);
    free(good);
    return 0;
}

int main(int count, char **arguments) {
    struct stat status;
    if (count < 4) return 2;
    /* Mutants stay in memory. */
    int source = open(arguments[2], O_RDONLY | O_CLOEXEC);
    int file = memfd_create("disk", MFD_CLOEXEC);
    if (source == -1 || file == -1 || fstat(source, &status) == -1) return 2;
    struct image image = {.file = file, .size = (size_t)status.st_size, .block_size = (uint32_t)atoi(arguments[3])};
    if (ftruncate(file, status.st_size) == -1 || image.size < 128 * (size_t)image.block_size) return 2;
    image.bytes = mmap(NULL, image.size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (image.bytes == MAP_FAILED || read(source, image.bytes, image.size) != (ssize_t)image.size) return 2;
    close(source);
    if (strcmp(arguments[1], "list") == 0) return list(&image);
    if (count != 6) return 2;
    state = strtoull(arguments[5], NULL, 10) | 1;
    return fuzz(&image, strtoul(arguments[4], NULL, 10));
}
