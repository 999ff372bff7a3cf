/* See image_file.h. Layout: docs/formats/repository.md. FS_IOC_MEASURE_VERITY: Linux Documentation/filesystems/fsverity.rst. */
#include "image_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fsverity.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "beneath.h"
#include "control.h"
#include "system_error.h"
#include "verity.h"

#define REPOSITORY "composefs"
/* Largest image in bytes (docs/formats/repository.md, "Images"). */
#define IMAGE_MAX (INT64_C(1) << 30)
#define READ_SIZE (1 << 18)

static int open_repository(const struct boot *boot, struct why *why) {
    int repository = open_beneath(boot->physical, REPOSITORY, O_PATH | O_DIRECTORY, LINKS_REFUSED);
    if (repository != -1) return repository;
    if (errno == ELOOP)
        refuse(why, WHAT_REPOSITORY, REPOSITORY " is a symbolic link");
    else
        refuse_errno(why, WHAT_REPOSITORY, REPOSITORY);
    return -1;
}

static bool open_in_repository(struct boot *boot, int repository, struct why *why) {
    char name[sizeof "images/" + DIGEST_HEX_SIZE];
    char hex[DIGEST_HEX_SIZE];
    struct stat status;
    boot->objects = open_beneath(repository, "objects", O_PATH | O_DIRECTORY, LINKS_REFUSED);
    if (boot->objects == -1) return refuse_path(why, WHAT_REPOSITORY, REPOSITORY "/objects");
    typed_digest_hex(&boot->cmdline.image, hex);
    snprintf(name, sizeof name, "images/%s", hex);
    /* images/<hex> is a link to ../objects/hh/<rest>. What it leads to is measured, so its text does not matter. */
    boot->image = open_beneath(repository, name, O_RDONLY, LINKS_BENEATH);
    if (boot->image == -1) {
        if (errno == EXDEV) return refuse(why, WHAT_IMAGE, "%s leads out of the repository", name);
        return refuse_errno(why, WHAT_IMAGE, name);
    }
    if (!is_regular_file(boot->image) || fstat(boot->image, &status) == -1)
        return refuse(why, WHAT_IMAGE, "%s is not a regular file", name);
    if (status.st_size > IMAGE_MAX) return refuse(why, WHAT_IMAGE, "%s is larger than 1 GiB", name);
    return true;
}

bool open_image(struct boot *boot, struct why *why) {
    int repository = open_repository(boot, why);
    if (repository == -1) return false;
    bool is_open = open_in_repository(boot, repository, why);
    close(repository);
    return is_open;
}

static bool measuring_failed(struct why *why) {
    switch (errno) {
    case ENODATA:
        return refuse(why, WHAT_IMAGE, "fs-verity is not enabled on it");
    case ENOTTY:
        return refuse(why, WHAT_FILE_SYSTEM, "the root file system has no fs-verity, so the image cannot be verified");
    case EOPNOTSUPP:
        return refuse(why, WHAT_FILE_SYSTEM,
                      "this kernel or the root file system has no fs-verity, so the image cannot be verified");
    default:
        return refuse_errno(why, WHAT_IMAGE, "measuring it");
    }
}

/* Of the objects no digest is asked here, but mounting them relies on the same. */
static bool is_kernels_verity(const struct boot *boot, struct why *why) {
    if (kernel_does_verity(boot->image) && kernel_does_verity(boot->objects)) return true;
    return refuse(why, WHAT_FILE_SYSTEM,
                  "the root file system is not ext4, btrfs or f2fs: for this kernel it has no fs-verity, so the image cannot be "
                  "verified");
}

bool measure_image(const struct boot *boot, struct why *why) {
    union {
        struct fsverity_digest digest;
        uint8_t space[sizeof(struct fsverity_digest) + DIGEST_BYTES_MAX];
    } measured = {.space = {0}};
    const struct typed_digest *wanted = &boot->cmdline.image;
    size_t size = digest_size(wanted->algorithm);
    measured.digest.digest_size = DIGEST_BYTES_MAX;
    if (!is_kernels_verity(boot, why)) return false;
    if (control(boot->image, FS_IOC_MEASURE_VERITY, &measured) == -1) return measuring_failed(why);
    const uint8_t *bytes = measured.space + sizeof(struct fsverity_digest);
    if (measured.digest.digest_algorithm == (uint16_t)wanted->algorithm && measured.digest.digest_size == size &&
        memcmp(bytes, wanted->bytes, size) == 0)
        return true;
    return refuse(why, WHAT_IMAGE, "its fs-verity digest is not the one that the command line names");
}

bool read_image(struct boot *boot, struct why *why) {
    static uint8_t bytes[READ_SIZE];
    long long offset = 0;
    posix_fadvise(boot->image, 0, 0, POSIX_FADV_SEQUENTIAL);
    for (;;) {
        ssize_t count = pread(boot->image, bytes, sizeof bytes, offset);
        if (count == 0) return true;
        if (count > 0) {
            offset += count;
        } else if (errno == EIO) {
            return refuse(why, WHAT_IMAGE, "it is damaged, or the disk is: reading at byte %lld fails", offset);
        } else if (errno != EINTR) {
            return refuse_errno(why, WHAT_IMAGE, "reading it");
        }
    }
}
