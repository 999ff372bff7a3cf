/* See beneath.h. */
#include "beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A rename somewhere on the file system can make the kernel give up on a path with ".." in it. */
#define TRIES_MAX 16

int open_beneath(int directory, const char *path, int flags, enum links links) {
    /* The kernel refuses flags that mean nothing together with O_PATH. */
    int added = (flags & O_PATH) != 0 ? O_CLOEXEC : O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    struct open_how how = {
        .flags = (uint64_t)(unsigned)(flags | added),
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
    };
    if (links == LINKS_REFUSED) how.resolve |= RESOLVE_NO_SYMLINKS;
    long result = -1;
    for (int i = 0; i < TRIES_MAX; i++) {
        result = syscall(SYS_openat2, directory, path, &how, sizeof how);
        if (result != -1 || (errno != EAGAIN && errno != EINTR)) break;
    }
    return (int)result;
}

bool is_regular_file(int file) {
    struct stat status;
    if (fstat(file, &status) == -1) return false;
    errno = S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
    return S_ISREG(status.st_mode);
}

bool read_to_end(int file, uint8_t *bytes, size_t capacity, size_t *size) {
    *size = 0;
    while (*size < capacity) {
        ssize_t count = read(file, bytes + *size, capacity - *size);
        if (count == -1 && errno == EINTR) continue;
        if (count == -1) return false;
        if (count == 0) break;
        *size += (size_t)count;
    }
    return true;
}

bool read_trusted_file(int directory, const char *path, uint8_t *bytes, size_t capacity, size_t *size) {
    int file = openat(directory, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (file == -1) return false;
    bool is_read = is_regular_file(file) && read_to_end(file, bytes, capacity, size);
    int error = errno;
    close(file);
    errno = error;
    return is_read;
}
