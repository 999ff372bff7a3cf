/* Opening files below a directory that nobody can lead out of (openat2, Linux 5.6), and reading them with a bound. */
#ifndef ROOTSEAL_BENEATH_H
#define ROOTSEAL_BENEATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum links {
    /* A symbolic link anywhere on the path is an error (ELOOP). */
    LINKS_REFUSED,
    /* Symbolic links are followed as long as they stay below the directory (else EXDEV). */
    LINKS_BENEATH,
};

/* As openat(2), with O_CLOEXEC, O_NOCTTY and O_NONBLOCK added. Returns a descriptor or -1 and errno. */
int open_beneath(int directory, const char *path, int flags, enum links links);

/* Whether `file` is a regular file. When not, errno says why: EISDIR for a directory, else EINVAL. */
bool is_regular_file(int file);

/*
 * Reads to the end, at most `capacity` bytes: ask for one more than allowed to see that a file is too long. Returns false
 * and errno when reading fails.
 */
bool read_to_end(int file, uint8_t *bytes, size_t capacity, size_t *size);

/*
 * Opens, reads and closes a regular file; symbolic links are followed without limits, so only for files of the initramfs
 * and of the kernel. As read_to_end.
 */
bool read_trusted_file(int directory, const char *path, uint8_t *bytes, size_t capacity, size_t *size);

#endif
