/*
 * See root_partition.h. Types: uapi-group.org/specifications, Discoverable Partitions Specification; LoaderDevicePartUUID:
 * systemd.io/BOOT_LOADER_INTERFACE.
 */
#include "root_partition.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "beneath.h"
#include "block_devices.h"
#include "cmdline.h"
#include "efi_variables.h"
#include "kernel_words.h"
#include "system_error.h"

#if defined(__x86_64__)
#define ROOT_TYPE "4f68bce3-e8cd-4db1-96e7-fbcaf984b709"
#elif defined(__aarch64__)
#define ROOT_TYPE "b921b045-1df0-41c3-af44-4c6f280d3fae"
#elif defined(__riscv) && __riscv_xlen == 64
#define ROOT_TYPE "72ec70a6-cf74-40e6-bd49-4bda08e8f224"
#elif defined(__i386__)
#define ROOT_TYPE "44479540-f297-41b2-9af7-d131d5f0458a"
#elif defined(__arm__)
#define ROOT_TYPE "69dad710-2ce4-4e3c-b16c-21a1d49abed3"
#else
#define ROOT_TYPE ""
#endif

#define WAIT_SECONDS 30
#define POLL_NANOSECONDS 20000000

/* What is looked for. */
struct request {
    enum { ROOT_DISCOVERED, ROOT_BY_ID, ROOT_BY_PATH } kind;
    uint8_t guid[GUID_SIZE];
    char path[DEVICE_PATH_SIZE];
    /* Of the partition that the boot loader came from, if it said so: the root is then on the same disk. */
    bool has_loader;
    uint8_t loader[GUID_SIZE];
};

/* The last word counts, as it does for the kernel. */
static struct slice root_word(struct slice text) {
    struct kernel_word word;
    struct slice value = {.at = text.at, .size = 0};
    while (kernel_word_next(&text, &word))
        if (slice_is(word.key, "root")) value = word.value;
    return value;
}

/* The variable is text of 16-bit characters. */
static void read_loader_partition(struct request *request) {
    uint8_t wide[2 * 40];
    uint8_t text[sizeof wide / 2];
    size_t size = read_loader_variable("LoaderDevicePartUUID", wide, sizeof wide) / 2;
    for (size_t i = 0; i < size; i++) text[i] = wide[2 * i + 1] == 0 ? wide[2 * i] : '?';
    while (size > 0 && text[size - 1] == 0) size--;
    request->has_loader = guid_parse((struct slice){text, size}, request->loader);
}

static bool read_request(struct request *request, struct why *why) {
    static uint8_t bytes[CMDLINE_MAX + 1];
    struct slice text = {.at = bytes};
    if (!read_trusted_file(AT_FDCWD, "/proc/cmdline", bytes, sizeof bytes, &text.size))
        return refuse_errno(why, WHAT_KERNEL, "/proc/cmdline");
    struct slice root = root_word(text);
    memset(request, 0, sizeof *request);
    if (root.size == 0 || slice_is(root, "gpt-auto")) {
        if (!guid_parse(slice_of(ROOT_TYPE), request->guid))
            return refuse(why, WHAT_ROOT_PARTITION, "root= is missing, and this processor has no partition type");
        read_loader_partition(request);
        return true;
    }
    if (slice_starts_with(root, "PARTUUID=")) {
        request->kind = ROOT_BY_ID;
        if (guid_parse(slice_part(root, sizeof "PARTUUID=" - 1, root.size), request->guid)) return true;
    } else if (slice_starts_with(root, "/dev/") && root.size < sizeof request->path &&
               slice_find(root, 0, 0) == root.size) {
        request->kind = ROOT_BY_PATH;
        memcpy(request->path, root.at, root.size);
        return true;
    }
    return refuse(why, WHAT_ROOT_PARTITION, "root=%.*s is neither PARTUUID= of a GPT nor a path in /dev",
                  SLICE_ARGS(root));
}

/* The first partition on this disk that is asked for. */
static bool find_on_disk(const struct disk_table *table, const struct request *request,
                         struct gpt_partition *partition) {
    uint32_t index = 0;
    while (next_partition(table, &index, partition)) {
        bool is_by_id = request->kind == ROOT_BY_ID;
        if (memcmp(is_by_id ? partition->id : partition->type, request->guid, GUID_SIZE) != 0) continue;
        if (is_by_id || (partition->attributes & GPT_NO_AUTO) == 0) return true;
    }
    return false;
}

static bool is_loader_disk(const struct disk_table *table, const struct request *request) {
    struct gpt_partition partition;
    uint32_t index = 0;
    while (next_partition(table, &index, &partition))
        if (memcmp(partition.id, request->loader, GUID_SIZE) == 0) return true;
    return false;
}

struct search {
    const struct request *request;
    unsigned found;
    char *path;
};

static void search_disk(const char *disk, int device, void *context) {
    static struct disk_table table;
    struct search *search = context;
    struct gpt_partition partition;
    char path[DEVICE_PATH_SIZE];
    if (!read_disk_table(device, &table)) return;
    if (search->request->has_loader && !is_loader_disk(&table, search->request)) return;
    if (!find_on_disk(&table, search->request, &partition)) return;
    /* The kernel may not have come so far, or may see the table differently; then it is not there yet. */
    if (!partition_path(disk, partition.number, path, sizeof path)) return;
    search->found++;
    memcpy(search->path, path, sizeof path);
}

/* 1: found; 0: not yet; -1: refused. */
static int look(const struct request *request, char path[DEVICE_PATH_SIZE], struct why *why) {
    struct stat status;
    if (request->kind == ROOT_BY_PATH) {
        memcpy(path, request->path, DEVICE_PATH_SIZE);
        return stat(path, &status) == 0 && S_ISBLK(status.st_mode);
    }
    struct search search = {.request = request, .path = path};
    for_each_disk(search_disk, &search);
    if (search.found < 2) return (int)search.found;
    refuse(why, WHAT_ROOT_PARTITION, "more than one disk has it; name it with root=PARTUUID=");
    return -1;
}

static const char *const kinds[] = {
    [ROOT_DISCOVERED] = "there is no partition of type \"root\" (" ROOT_TYPE ")",
    [ROOT_BY_ID] = "there is no partition with the PARTUUID of root=",
    [ROOT_BY_PATH] = "there is no such device as root= names",
};

bool find_root_partition(char path[DEVICE_PATH_SIZE], struct why *why) {
    static struct request request;
    const struct timespec pause = {.tv_nsec = POLL_NANOSECONDS};
    struct timespec now;
    if (!read_request(&request, why)) return false;
    clock_gettime(CLOCK_MONOTONIC, &now);
    time_t end = now.tv_sec + WAIT_SECONDS;
    for (;;) {
        int result = look(&request, path, why);
        if (result != 0) return result > 0;
        clock_gettime(CLOCK_MONOTONIC, &now);
        if (now.tv_sec >= end)
            return refuse(why, WHAT_ROOT_PARTITION, "%s, even after %d seconds", kinds[request.kind], WAIT_SECONDS);
        nanosleep(&pause, NULL);
    }
}

static bool has_bytes_at(int device, off_t offset, const char *bytes, size_t size) {
    char found[8];
    return pread(device, found, size, offset) == (ssize_t)size && memcmp(found, bytes, size) == 0;
}

const char *file_system_type(const char *path, struct why *why) {
    const char *type = NULL;
    int device = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (device == -1) {
        refuse_errno(why, WHAT_ROOT_PARTITION, path);
        return NULL;
    }
    /* Superblocks: s_magic of ext4 at 1024 + 0x38, magic of btrfs at 64 KiB + 0x40. */
    if (has_bytes_at(device, 1024 + 0x38, "\x53\xef", 2)) type = "ext4";
    if (has_bytes_at(device, 65536 + 0x40, "_BHRfS_M", 8)) type = "btrfs";
    close(device);
    if (type == NULL) refuse(why, WHAT_ROOT_PARTITION, "%s is neither ext4 nor btrfs", path);
    return type;
}
