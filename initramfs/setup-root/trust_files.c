/* See trust_files.h. */
#include "trust_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "beneath.h"
#include "system_error.h"
#include "trust_lines.h"

static const char *const directories[] = {"/etc/rootseal", "/usr/lib/rootseal"};
#define DIRECTORY_COUNT (sizeof directories / sizeof directories[0])
#define POLICY_NAME "setup-root.conf"
/* Of a path in a message. A longer one is cut. */
#define PLACE_SIZE 256

/* One file at a time; one byte more than allowed, so that a longer one is seen. */
static uint8_t file_bytes[TRUST_FILE_MAX + 1];

/* What is done with the bytes of one file. `trust` is a policy, a keyring or revocations. */
typedef bool add_file(void *trust, struct slice file, struct why *why);

/* Opens a directory that may be absent: `*directory` is then -1. Anything else that goes wrong is refused. */
static bool open_directory(const char *path, const char *what, int *directory, struct why *why) {
    struct stat status;
    *directory = -1;
    if (lstat(path, &status) == -1) return errno == ENOENT || refuse_errno(why, what, path);
    *directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return *directory != -1 || refuse_errno(why, what, path);
}

static bool read_one(int directory, const char *path, const char *name, const char *what, struct slice *file,
                     struct why *why) {
    char place[PLACE_SIZE];
    file->at = file_bytes;
    if (read_trusted_file(directory, name, file_bytes, sizeof file_bytes, &file->size)) return true;
    snprintf(place, sizeof place, "%s/%s", path, name);
    if (errno == EISDIR || errno == EINVAL) return refuse(why, what, "%s is not a regular file", place);
    return refuse_errno(why, what, place);
}

static bool read_and_add(int directory, const char *path, const char *name, const char *what, add_file *add,
                         void *trust, struct why *why) {
    struct slice file;
    char place[PLACE_SIZE];
    if (!read_one(directory, path, name, what, &file, why)) return false;
    if (add(trust, file, why)) return true;
    snprintf(place, sizeof place, "%s/%s", path, name);
    return refuse_at(why, place);
}

/* Reads the files of one directory in any order: what they add up to does not depend on it. */
static bool add_directory(const char *path, const char *suffix, const char *what, add_file *add, void *trust,
                          struct why *why) {
    int directory;
    if (!open_directory(path, what, &directory, why)) return false;
    if (directory == -1) return true;
    DIR *entries = fdopendir(directory);
    if (entries == NULL) {
        close(directory);
        return refuse_errno(why, what, path);
    }
    bool is_good = true;
    const struct dirent *entry;
    errno = 0;
    while (is_good && (entry = readdir(entries)) != NULL) {
        if (trust_file_counts(entry->d_name, suffix))
            is_good = read_and_add(directory, path, entry->d_name, what, add, trust, why);
        errno = 0;
    }
    if (is_good && errno != 0) is_good = refuse_errno(why, what, path);
    closedir(entries);
    return is_good;
}

static bool add_directories(const char *name, const char *suffix, const char *what, add_file *add, void *trust,
                            struct why *why) {
    for (size_t i = 0; i < DIRECTORY_COUNT; i++) {
        char path[PLACE_SIZE];
        snprintf(path, sizeof path, "%s/%s", directories[i], name);
        if (!add_directory(path, suffix, what, add, trust, why)) return false;
    }
    return true;
}

static bool add_policy(void *policy, struct slice file, struct why *why) { return policy_parse(file, policy, why); }
static bool add_keys(void *ring, struct slice file, struct why *why) { return keyring_add_file(ring, file, why); }
static bool add_revocations(void *revoked, struct slice file, struct why *why) {
    return revocations_add_file(revoked, file, why);
}

bool read_policy(struct policy *policy, struct why *why) {
    policy_default(policy);
    for (size_t i = 0; i < DIRECTORY_COUNT; i++) {
        const char *path = directories[i];
        int directory;
        struct stat status;
        if (!open_directory(path, WHAT_POLICY, &directory, why)) return false;
        if (directory == -1) continue;
        /* An entry that cannot be read counts too: a looser policy must not take its place. */
        bool is_there = fstatat(directory, POLICY_NAME, &status, AT_SYMLINK_NOFOLLOW) == 0;
        bool is_good = is_there || errno == ENOENT || refuse_errno(why, WHAT_POLICY, path);
        if (is_there) is_good = read_and_add(directory, path, POLICY_NAME, WHAT_POLICY, add_policy, policy, why);
        close(directory);
        if (is_there || !is_good) return is_good;
    }
    return true;
}

bool read_keys(struct keyring *ring, struct why *why) {
    return add_directories("keys.d", ".pub", WHAT_KEYS, add_keys, ring, why);
}

bool read_revocations(struct revocations *revoked, struct why *why) {
    return add_directories("revoked.d", "", WHAT_REVOCATIONS, add_revocations, revoked, why);
}
