/* See policy.h. An unknown section, key or value is an error: a misspelt `threshold` must not disarm it. */
#include "policy.h"

#include "decimal.h"
#include "trust_lines.h"

/* Most signature lines in a note, so that more can never be there. */
#define THRESHOLD_MAX 32

static const char *const mode_words[] = {"seal", "cmdline", "none", NULL};
static const char *const etc_words[] = {"bind", "overlay", "transient", "none", NULL};
static const char *const var_words[] = {"bind", "transient", "none", NULL};
static const char *const yes_no_words[] = {"no", "yes", NULL};

const char *verify_mode_word(enum verify_mode mode) { return mode_words[mode]; }
const char *etc_mount_word(enum etc_mount mount) { return etc_words[mount]; }
const char *var_mount_word(enum var_mount mount) { return var_words[mount]; }

/* Index of the word that `value` is; false when it is none of them. */
static bool one_of(const char *const *words, struct slice value, unsigned *index) {
    for (unsigned i = 0; words[i] != NULL; i++) {
        if (!slice_is(value, words[i])) continue;
        *index = i;
        return true;
    }
    return false;
}

static bool set_mode(struct policy *policy, struct slice value) {
    unsigned index;
    if (!one_of(mode_words, value, &index)) return false;
    policy->mode = (enum verify_mode)index;
    return true;
}

static bool set_threshold(struct policy *policy, struct slice value) {
    uint64_t threshold;
    if (!decimal_parse(value, &threshold) || threshold < 1 || threshold > THRESHOLD_MAX) return false;
    policy->threshold = (unsigned)threshold;
    return true;
}

static bool set_name(struct policy *policy, struct slice value) {
    if (!commit_name_valid(value)) return false;
    memcpy(policy->name, value.at, value.size);
    policy->name[value.size] = '\0';
    return true;
}

static bool set_min_sequence(struct policy *policy, struct slice value) {
    return decimal_parse(value, &policy->min_sequence);
}

static bool set_transient(struct policy *policy, struct slice value) {
    unsigned index;
    if (!one_of(yes_no_words, value, &index)) return false;
    policy->root_transient = index == 1;
    return true;
}

static bool set_etc(struct policy *policy, struct slice value) {
    unsigned index;
    if (!one_of(etc_words, value, &index)) return false;
    policy->etc = (enum etc_mount)index;
    return true;
}

static bool set_var(struct policy *policy, struct slice value) {
    unsigned index;
    if (!one_of(var_words, value, &index)) return false;
    policy->var = (enum var_mount)index;
    return true;
}

/* Every section and key there is. */
static const char *const sections[] = {"verify", "root", "etc", "var", NULL};
static const struct {
    unsigned section;
    const char *key;
    bool (*set)(struct policy *policy, struct slice value);
} keys[] = {
    {0, "mode", set_mode},           {0, "threshold", set_threshold}, {0, "name", set_name},
    {0, "min-sequence", set_min_sequence}, {1, "transient", set_transient}, {2, "mount", set_etc},
    {3, "mount", set_var},
};
#define KEY_COUNT (sizeof keys / sizeof keys[0])
#define NO_SECTION 32U

/* What was read so far: bit n of each is section or key n. */
struct progress {
    unsigned section;
    unsigned seen_sections;
    unsigned seen_keys;
};

void policy_default(struct policy *policy) {
    *policy = (struct policy){.mode = MODE_SEAL, .threshold = 1, .etc = ETC_BIND, .var = VAR_BIND};
}

/* Sentences are static; NULL means that the line is good. */
static const char *read_section(struct slice line, struct progress *progress) {
    if (line.size < 2 || line.at[line.size - 1] != ']') return "the section does not end with \"]\"";
    if (!one_of(sections, slice_part(line, 1, line.size - 1), &progress->section)) return "unknown section";
    unsigned bit = 1U << progress->section;
    if ((progress->seen_sections & bit) != 0) return "the section stands there twice";
    progress->seen_sections |= bit;
    return NULL;
}

static const char *read_key(struct slice line, struct progress *progress, struct policy *policy) {
    size_t equals = slice_find(line, '=', 0);
    if (equals == line.size) return "expected key=value";
    if (progress->section == NO_SECTION) return "a key stands before the first section";
    struct slice key = trim_blanks(slice_part(line, 0, equals));
    struct slice value = trim_blanks(slice_part(line, equals + 1, line.size));
    for (unsigned i = 0; i < KEY_COUNT; i++) {
        if (keys[i].section != progress->section || !slice_is(key, keys[i].key)) continue;
        if ((progress->seen_keys & 1U << i) != 0) return "the key stands there twice";
        progress->seen_keys |= 1U << i;
        return keys[i].set(policy, value) ? NULL : "this is not a value for the key";
    }
    return "unknown key in this section";
}

static bool is_printable(struct slice line) {
    for (size_t i = 0; i < line.size; i++)
        if ((line.at[i] < 0x20 || line.at[i] > 0x7e) && line.at[i] != '\t') return false;
    return true;
}

bool policy_parse(struct slice file, struct policy *policy, struct why *why) {
    struct trust_lines lines;
    struct slice line;
    struct progress progress = {.section = NO_SECTION};
    policy_default(policy);
    if (!trust_lines_start(file, WHAT_POLICY, &lines, why)) return false;
    while (trust_lines_next(&lines, &line)) {
        const char *problem;
        if (!is_printable(line))
            problem = "only comments may contain characters beyond ASCII";
        else if (line.at[0] == '[')
            problem = read_section(line, &progress);
        else
            problem = read_key(line, &progress, policy);
        if (problem != NULL)
            return refuse(why, WHAT_POLICY, "line %u: %s: %.*s", lines.number, problem, SLICE_ARGS(line));
    }
    /* Nobody writes such a file on purpose; one that was emptied must not be the loosest policy of all. */
    return progress.seen_sections != 0 || refuse(why, WHAT_POLICY, "the file is empty: it has no section");
}
