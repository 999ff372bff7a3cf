/* See state_files.h. */
#include "state_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "beneath.h"
#include "sequence_floor.h"
#include "system_error.h"

#define FLOOR_PATH "state/sequence-floor"

void state_path(const struct boot *boot, const char *name, char path[STATE_PATH_SIZE]) {
    snprintf(path, STATE_PATH_SIZE, "state/deploy/%s/%s", boot->cmdline.state_id, name);
}

/* Reads a regular file of the physical root. Returns false and errno; EINVAL when it is something else than a file. */
static bool read_state_file(const struct boot *boot, const char *path, uint8_t *bytes, size_t capacity, size_t *size) {
    int file = open_beneath(boot->physical, path, O_RDONLY, LINKS_REFUSED);
    if (file == -1) return false;
    bool is_read = is_regular_file(file) && read_to_end(file, bytes, capacity, size);
    int error = errno;
    close(file);
    errno = error;
    return is_read;
}

bool read_seal(struct boot *boot, struct why *why) {
    char path[STATE_PATH_SIZE];
    state_path(boot, "seal", path);
    if (!read_state_file(boot, path, boot->seal_bytes, sizeof boot->seal_bytes, &boot->seal_size))
        return refuse_path(why, WHAT_SEAL, path);
    if (boot->seal_size > NOTE_MAX) return refuse(why, WHAT_SEAL, "%s is larger than %d bytes", path, NOTE_MAX);
    return true;
}

bool apply_sequence_floor(struct boot *boot, struct why *why) {
    uint8_t bytes[SEQUENCE_FLOOR_MAX + 1];
    size_t size;
    uint64_t floor;
    if (!read_state_file(boot, FLOOR_PATH, bytes, sizeof bytes, &size))
        return errno == ENOENT || refuse_path(why, WHAT_STATE, FLOOR_PATH);
    if (!sequence_floor_parse((struct slice){bytes, size}, &floor, why)) return false;
    if (floor > boot->policy.min_sequence) boot->policy.min_sequence = floor;
    return true;
}
