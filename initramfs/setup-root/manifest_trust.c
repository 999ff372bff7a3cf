/* See manifest_trust.h. */
#include "manifest_trust.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "beneath.h"
#include "system_error.h"
#include "trust_lines.h"

#define MANIFEST_PATH "/usr/lib/rootseal/trust-manifest"
/* Longest path that is looked at: a name has at most 255 bytes. */
#define PLACE_SIZE 320

static uint8_t manifest_bytes[TRUST_MANIFEST_MAX + 1];
static uint8_t file_bytes[TRUST_FILE_MAX + 1];

bool read_manifest(struct trust_manifest *manifest, bool *is_there, struct why *why) {
    struct stat status;
    struct slice bytes = {.at = manifest_bytes};
    *is_there = lstat(MANIFEST_PATH, &status) == 0;
    if (!*is_there) return errno == ENOENT || refuse_errno(why, WHAT_TRUST_MANIFEST, MANIFEST_PATH);
    if (!read_trusted_file(AT_FDCWD, MANIFEST_PATH, manifest_bytes, sizeof manifest_bytes, &bytes.size))
        return refuse_errno(why, WHAT_TRUST_MANIFEST, MANIFEST_PATH);
    return trust_manifest_parse(bytes, manifest, why);
}

bool believe_manifest(const struct trust_manifest *manifest, struct policy *policy, struct keyring *keys,
                      struct revocations *revoked, struct why *why) {
    struct slice rest = manifest->files;
    struct manifest_file file;
    policy_default(policy);
    while (manifest_file_next(&rest, &file)) {
        char place[PLACE_SIZE];
        bool is_good = file.kind == MANIFEST_POLICY ? policy_parse(file.content, policy, why)
                       : file.kind == MANIFEST_KEYS ? keyring_add_file(keys, file.content, why)
                                                    : revocations_add_file(revoked, file.content, why);
        if (is_good) continue;
        snprintf(place, sizeof place, "%.*s", (int)file.path.size, (const char *)file.path.at);
        return refuse_at(why, place);
    }
    return true;
}

static bool was_added(struct why *why, const char *path) {
    return refuse(why, WHAT_TRUST_MANIFEST, "the initramfs has %s, which is not in the manifest", path);
}

/* Calls `check` with the path of each entry of a directory; there may be no such directory, but nothing else in its place. */
static bool for_each_entry(const struct trust_manifest *manifest, const char *path,
                           bool (*check)(const struct trust_manifest *, const char *, struct why *), struct why *why) {
    int directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (directory == -1) {
        if (errno == ENOENT) return true;
        return errno == ENOTDIR || errno == ELOOP ? was_added(why, path) : refuse_errno(why, WHAT_TRUST_MANIFEST, path);
    }
    DIR *entries = fdopendir(directory);
    if (entries == NULL) {
        close(directory);
        return refuse_errno(why, WHAT_TRUST_MANIFEST, path);
    }
    bool is_good = true;
    const struct dirent *entry;
    errno = 0;
    while (is_good && (entry = readdir(entries)) != NULL) {
        char place[PLACE_SIZE];
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            snprintf(place, sizeof place, "%s/%s", path, entry->d_name);
            is_good = check(manifest, place, why);
        }
        errno = 0;
    }
    if (is_good && errno != 0) is_good = refuse_errno(why, WHAT_TRUST_MANIFEST, path);
    closedir(entries);
    return is_good;
}

/* A file that is one of the manifest's. A link is none, wherever it leads. */
static bool check_file(const struct trust_manifest *manifest, const char *path, struct why *why) {
    struct manifest_file file;
    struct slice found = {.at = file_bytes};
    int opened = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (opened == -1 && errno == ENOENT) return true;
    bool is_read = opened != -1 && is_regular_file(opened) && read_to_end(opened, file_bytes, sizeof file_bytes, &found.size);
    if (opened != -1) close(opened);
    if (!is_read || !manifest_file_find(manifest, slice_of(path), &file)) return was_added(why, path);
    return slice_equal(found, file.content) || refuse(why, WHAT_TRUST_MANIFEST, "%s is not as in the manifest", path);
}

static bool check_lists(const struct trust_manifest *manifest, const char *path, struct why *why) {
    return for_each_entry(manifest, path, check_file, why);
}

/* Nothing else is looked for in /etc/rootseal, and nobody puts anything else into an initramfs there. */
static bool check_host_entry(const struct trust_manifest *manifest, const char *path, struct why *why) {
    const char *name = path + sizeof "/etc/rootseal";
    bool is_list = strcmp(name, "keys.d") == 0 || strcmp(name, "revoked.d") == 0;
    return is_list ? check_lists(manifest, path, why) : check_file(manifest, path, why);
}

bool nothing_was_added(const struct trust_manifest *manifest, struct why *why) {
    return for_each_entry(manifest, "/etc/rootseal", check_host_entry, why) &&
           check_file(manifest, "/usr/lib/rootseal/setup-root.conf", why) &&
           check_lists(manifest, "/usr/lib/rootseal/keys.d", why) &&
           check_lists(manifest, "/usr/lib/rootseal/revoked.d", why);
}
