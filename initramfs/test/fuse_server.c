/*
 * A file system in user space (FUSE) that holds a repository with one image and lies about it: FS_IOC_MEASURE_VERITY is answered with
 * a digest of choice, whatever the image is. `fuse_server DIRECTORY HEX IMAGE` mounts it at DIRECTORY, where composefs/images/HEX is
 * then the file IMAGE, and goes on in the background until it is unmounted. The digest is HEX, of SHA-256. Protocol: Linux
 * include/uapi/linux/fuse.h, version 7.31.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fsverity.h>
#include <linux/fuse.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define DIGEST_SIZE 32
#define REQUEST_MAX (1 << 20)
#define READ_MAX (1 << 17)
#define VERSION_MINOR 31

/* What there is, by number; 0 is nothing. */
enum { ROOT = FUSE_ROOT_ID, REPOSITORY, IMAGES, OBJECTS, IMAGE };
static struct node {
    uint64_t parent;
    const char *name;
} nodes[] = {[REPOSITORY] = {ROOT, "composefs"}, [IMAGES] = {REPOSITORY, "images"}, [OBJECTS] = {REPOSITORY, "objects"},
             [IMAGE] = {IMAGES, NULL}};

static int device;
static int image;
static uint8_t digest[DIGEST_SIZE];

static void answer(uint64_t unique, int error, const void *data, size_t size) {
    struct fuse_out_header header = {.len = (uint32_t)(sizeof header + size), .error = -error, .unique = unique};
    struct iovec parts[] = {{&header, sizeof header}, {(void *)(uintptr_t)data, size}};
    if (writev(device, parts, 2) == -1 && errno != ENOENT) exit(1);
}

static struct fuse_attr attributes_of(uint64_t node) {
    struct stat status;
    if (fstat(image, &status) == -1) exit(1);
    struct fuse_attr attributes = {.ino = node, .mode = S_IFDIR | 0755, .nlink = 2, .blksize = 4096};
    if (node != IMAGE) return attributes;
    attributes.mode = S_IFREG | 0644;
    attributes.nlink = 1;
    attributes.size = (uint64_t)status.st_size;
    return attributes;
}

static void look_up(const struct fuse_in_header *request, const char *name) {
    for (uint64_t node = REPOSITORY; node <= IMAGE; node++) {
        if (nodes[node].parent != request->nodeid || strcmp(nodes[node].name, name) != 0) continue;
        struct fuse_entry_out entry = {.nodeid = node, .attr = attributes_of(node)};
        answer(request->unique, 0, &entry, sizeof entry);
        return;
    }
    answer(request->unique, ENOENT, NULL, 0);
}

static void read_image(uint64_t unique, const struct fuse_read_in *request) {
    static uint8_t bytes[READ_MAX];
    size_t size = request->size < sizeof bytes ? request->size : sizeof bytes;
    ssize_t count = pread(image, bytes, size, (off_t)request->offset);
    answer(unique, count == -1 ? errno : 0, bytes, count == -1 ? 0 : (size_t)count);
}

static void measure(uint64_t unique, const struct fuse_ioctl_in *request) {
    struct {
        struct fuse_ioctl_out head;
        uint16_t algorithm;
        uint16_t size;
        uint8_t digest[DIGEST_SIZE];
    } lie = {.algorithm = FS_VERITY_HASH_ALG_SHA256, .size = DIGEST_SIZE};
    memcpy(lie.digest, digest, DIGEST_SIZE);
    bool is_asked = request->cmd == FS_IOC_MEASURE_VERITY;
    answer(unique, is_asked ? 0 : ENOTTY, &lie, is_asked ? sizeof lie : 0);
}

static void serve(const struct fuse_in_header *request) {
    const void *argument = request + 1;
    const struct fuse_init_out start = {.major = FUSE_KERNEL_VERSION, .minor = VERSION_MINOR, .max_write = 4096};
    const struct fuse_attr_out status = {.attr = attributes_of(request->nodeid)};
    const struct fuse_open_out opened = {.fh = 0};
    const struct fuse_statfs_out statistics = {.st = {.bsize = 4096, .namelen = 255}};
    switch (request->opcode) {
    case FUSE_INIT:
        return answer(request->unique, 0, &start, sizeof start);
    case FUSE_LOOKUP:
        return look_up(request, argument);
    case FUSE_GETATTR:
        return answer(request->unique, 0, &status, sizeof status);
    case FUSE_STATFS:
        return answer(request->unique, 0, &statistics, sizeof statistics);
    case FUSE_OPEN:
    case FUSE_OPENDIR:
        return answer(request->unique, 0, &opened, sizeof opened);
    case FUSE_READ:
        return read_image(request->unique, argument);
    case FUSE_IOCTL:
        return measure(request->unique, argument);
    case FUSE_FLUSH:
    case FUSE_RELEASE:
    case FUSE_RELEASEDIR:
        return answer(request->unique, 0, NULL, 0);
    case FUSE_FORGET:
    case FUSE_BATCH_FORGET:
        return;
    default:
        return answer(request->unique, ENOSYS, NULL, 0);
    }
}

static void take_digest(const char *hex) {
    for (size_t i = 0; i < DIGEST_SIZE; i++) {
        unsigned byte;
        if (sscanf(hex + 2 * i, "%2x", &byte) != 1) exit(2);
        digest[i] = (uint8_t)byte;
    }
}

int main(int count, char **arguments) {
    static uint8_t request[REQUEST_MAX];
    char options[96];
    if (count != 4 || strlen(arguments[2]) != sizeof digest * 2) return 2;
    take_digest(arguments[2]);
    nodes[IMAGE].name = arguments[2];
    image = open(arguments[3], O_RDONLY | O_CLOEXEC);
    device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", device);
    if (image == -1 || device == -1 || mount("lies", arguments[1], "fuse", MS_NOSUID | MS_NODEV, options) == -1) {
        perror(arguments[1]);
        return 1;
    }
    /* Whoever called us goes on, and does not wait for our output to end. */
    if (fork() != 0) return 0;
    for (int file = 0; file <= STDERR_FILENO; file++) close(file);
    for (;;) {
        ssize_t size = read(device, request, sizeof request);
        if (size > 0)
            serve((const struct fuse_in_header *)(const void *)request);
        else if (errno != EINTR && errno != ENOENT)
            return 0;
    }
}
