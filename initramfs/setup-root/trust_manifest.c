/* See trust_manifest.h. */
#include "trust_manifest.h"

#include "decimal.h"
#include "trust_lines.h"
#include "utf8.h"

#define FIRST_LINE "rootseal trust manifest v1"
#define LAST_LINE "end"
#define COMMAND_LINE_WORD "command-line "
#define FILE_WORD "file "
#define NAME_MAX_BYTES 255

static const char *const directories[] = {"/etc/rootseal/", "/usr/lib/rootseal/"};

static bool malformed(struct why *why, const char *problem) { return refuse(why, WHAT_TRUST_MANIFEST, "%s", problem); }

/* Takes a line off the front, without its newline. Returns false when there is no newline. */
static bool take_line(struct slice *rest, struct slice *line) {
    size_t end = slice_find(*rest, '\n', 0);
    if (end == rest->size) return false;
    *line = slice_part(*rest, 0, end);
    *rest = slice_part(*rest, end + 1, rest->size);
    return true;
}

/* Takes `digits` bytes and the newline behind them off the front. */
static bool take_content(struct slice *rest, struct slice digits, size_t limit, struct slice *content) {
    uint64_t size;
    if (!decimal_parse(digits, &size) || size > limit || size >= rest->size || rest->at[size] != '\n') return false;
    *content = slice_part(*rest, 0, (size_t)size);
    *rest = slice_part(*rest, (size_t)size + 1, rest->size);
    return true;
}

/* One space between words, none at the ends; those in quotes belong to words. Static; NULL means that the line is good. */
static const char *line_problem(struct slice line) {
    bool in_quote = false;
    if (line.size == 0) return "the command line is empty";
    for (size_t i = 0; i < line.size; i++) {
        uint8_t byte = line.at[i];
        if (byte < 0x20 || byte > 0x7e) return "the command line has a byte that is not printable ASCII";
        if (byte == '\'' || byte == '\\') return "the command line has a single quote or a backslash";
        if (byte == '"') in_quote = !in_quote;
        bool is_at_end = i == 0 || i + 1 == line.size;
        if (byte == ' ' && !in_quote && (is_at_end || line.at[i + 1] == ' '))
            return "the command line has other white space than one space between two words";
    }
    return in_quote ? "the command line has a quote that is not closed" : NULL;
}

static bool read_signed_line(struct slice *rest, struct slice *command_line, struct why *why) {
    struct slice line;
    if (!take_line(rest, &line) || !slice_starts_with(line, COMMAND_LINE_WORD) ||
        !take_content(rest, slice_part(line, sizeof COMMAND_LINE_WORD - 1, line.size), SIGNED_LINE_MAX, command_line))
        return malformed(why, "the command line is not where it should be");
    const char *problem = line_problem(*command_line);
    return problem == NULL || malformed(why, problem);
}

static bool name_is_good(struct slice name, const char *suffix) {
    size_t tail = strlen(suffix);
    if (name.size <= tail || name.size > NAME_MAX_BYTES || name.at[0] == '.' || !utf8_valid(name)) return false;
    for (size_t i = 0; i < name.size; i++)
        if (name.at[i] < 0x20 || name.at[i] == 0x7f || name.at[i] == '/') return false;
    return memcmp(name.at + name.size - tail, suffix, tail) == 0;
}

static bool kind_in(struct slice name, enum manifest_kind *kind) {
    if (slice_is(name, "setup-root.conf")) {
        *kind = MANIFEST_POLICY;
        return true;
    }
    bool is_key = slice_starts_with(name, "keys.d/");
    if (!is_key && !slice_starts_with(name, "revoked.d/")) return false;
    *kind = is_key ? MANIFEST_KEYS : MANIFEST_REVOCATIONS;
    size_t start = slice_find(name, '/', 0) + 1;
    return name_is_good(slice_part(name, start, name.size), is_key ? ".pub" : "");
}

static bool kind_of(struct slice path, enum manifest_kind *kind) {
    for (size_t i = 0; i < sizeof directories / sizeof directories[0]; i++)
        if (slice_starts_with(path, directories[i]))
            return kind_in(slice_part(path, strlen(directories[i]), path.size), kind);
    return false;
}

bool manifest_file_next(struct slice *rest, struct manifest_file *file) {
    struct slice after = *rest;
    struct slice line;
    if (!take_line(&after, &line) || !slice_starts_with(line, FILE_WORD)) return false;
    line = slice_part(line, sizeof FILE_WORD - 1, line.size);
    size_t space = slice_find(line, ' ', 0);
    if (space == line.size) return false;
    file->path = slice_part(line, space + 1, line.size);
    if (!take_content(&after, slice_part(line, 0, space), TRUST_FILE_MAX, &file->content)) return false;
    if (!kind_of(file->path, &file->kind)) return false;
    *rest = after;
    return true;
}

/* Whether `a` stands before `b` in the order of their bytes. */
static bool is_before(struct slice a, struct slice b) {
    size_t size = a.size < b.size ? a.size : b.size;
    int order = size == 0 ? 0 : memcmp(a.at, b.at, size);
    return order < 0 || (order == 0 && a.size < b.size);
}

bool trust_manifest_parse(struct slice bytes, struct trust_manifest *manifest, struct why *why) {
    struct slice rest = bytes;
    struct slice line;
    struct slice last = {bytes.at, 0};
    struct manifest_file file;
    bool has_policy = false;
    if (bytes.size > TRUST_MANIFEST_MAX) return malformed(why, "it is longer than 1 MiB");
    if (!take_line(&rest, &line) || !slice_is(line, FIRST_LINE))
        return malformed(why, "its first line is not \"" FIRST_LINE "\"");
    if (!read_signed_line(&rest, &manifest->command_line, why)) return false;
    manifest->files = rest;
    while (manifest_file_next(&rest, &file)) {
        if (!is_before(last, file.path)) return malformed(why, "the paths of its files are not in ascending order");
        last = file.path;
        if (file.kind != MANIFEST_POLICY) continue;
        if (has_policy) return malformed(why, "there are two policies");
        has_policy = true;
    }
    if (!slice_is(rest, LAST_LINE "\n")) return malformed(why, "neither a file nor the end follows where one should");
    return true;
}

bool manifest_file_find(const struct trust_manifest *manifest, struct slice path, struct manifest_file *file) {
    struct slice rest = manifest->files;
    while (manifest_file_next(&rest, file))
        if (slice_equal(file->path, path)) return true;
    return false;
}
