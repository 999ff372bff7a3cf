/* See judge.h. */
#include "judge.h"

#include "assurance.h"
#include "cmdline.h"
#include "decision.h"
#include "exact_cmdline.h"
#include "sequence_floor.h"
#include "trust_manifest.h"

static struct slice text_of(const struct record *record, const char *word) {
    const char *value = record_value(record, word);
    return slice_copy(slice_of(value == NULL ? "" : value));
}

void question_of(const struct record *record, struct question *question) {
    *question = (struct question){
        .note = record_bytes(record, "note"),
        .policy = record_bytes(record, "policy"),
        .keys = record_bytes(record, "keys"),
        .revoked = record_bytes(record, "revoked"),
        .image = text_of(record, "image"),
        .commit = text_of(record, "commit"),
        .cmdline = record_bytes(record, "cmdline"),
        .mode = text_of(record, "mode"),
        .floor = record_bytes(record, "floor"),
        .signed_line = record_bytes(record, "signed"),
        .manifest = record_bytes(record, "manifest"),
        .stub = record_bytes(record, "stub"),
        .facts = text_of(record, "facts"),
        .is_cmdline = record_value(record, "cmdline") != NULL,
        .exact = record_bytes(record, "exact"),
        .is_exact = record_value(record, "exact") != NULL,
        .is_signed = record_value(record, "signed") != NULL,
        .is_manifest = record_value(record, "manifest") != NULL,
        .is_assurance = record_value(record, "facts") != NULL,
        .is_floor = record_value(record, "floor") != NULL,
        .is_seal = record_value(record, "note") != NULL,
    };
}

void question_free(struct question *question) {
    slice_free(question->note);
    slice_free(question->policy);
    slice_free(question->keys);
    slice_free(question->revoked);
    slice_free(question->image);
    slice_free(question->commit);
    slice_free(question->cmdline);
    slice_free(question->mode);
    slice_free(question->floor);
    slice_free(question->signed_line);
    slice_free(question->exact);
    slice_free(question->manifest);
    slice_free(question->stub);
    slice_free(question->facts);
}

static enum verify_mode mode_of(const struct question *question) {
    if (slice_is(question->mode, verify_mode_word(MODE_CMDLINE))) return MODE_CMDLINE;
    return slice_is(question->mode, verify_mode_word(MODE_NONE)) ? MODE_NONE : MODE_SEAL;
}

static const char *seal_verdict(const struct question *question) {
    /* Large, so not on the stack; counts say what is in them. */
    static struct keyring ring;
    static struct revocations revoked;
    struct policy policy;
    struct typed_digest image;
    struct seal_report report;
    struct why why;
    char commit[2 * COMMIT_ID_BYTES + 1];
    ring.count = 0;
    revoked.image_count = 0;
    revoked.key_count = 0;
    revoked.named_key_count = 0;
    if (!policy_parse(question->policy, &policy, &why)) return "POLICY_INVALID";
    if (!keyring_add_file(&ring, question->keys, &why)) return "KEYS_INVALID";
    if (!revocations_add_file(&revoked, question->revoked, &why)) return "REVOCATIONS_INVALID";
    if (!typed_digest_parse(question->image, &image)) return "IMAGE_INVALID";
    bool has_commit = question->commit.size > 0;
    if (has_commit && !commit_id_valid(question->commit)) return "COMMIT_INVALID";
    if (has_commit) memcpy(commit, question->commit.at, sizeof commit - 1);
    commit[sizeof commit - 1] = '\0';
    struct seal_trust trust = {&policy, &ring, &revoked};
    struct seal_expectations expected = {&image, has_commit ? commit : NULL};
    bool accepted = seal_check(question->note, &expected, &trust, &report, &why);
    if (accepted != (report.code == SEAL_ACCEPTED)) return "CONTRADICTION";
    return seal_code_word(report.code);
}

static void cmdline_verdict(const struct question *question, char verdict[VERDICT_SIZE]) {
    struct cmdline cmdline;
    struct why why;
    char image[TYPED_DIGEST_TEXT_SIZE];
    enum cmdline_code code = cmdline_parse(question->cmdline, mode_of(question), &cmdline, &why);
    if (code == CMDLINE_ACCEPTED && question->is_signed)
        code = cmdline_exact(question->cmdline, question->signed_line, &why);
    const char *word = cmdline_code_word(code);
    if (code != CMDLINE_ACCEPTED) {
        snprintf(verdict, VERDICT_SIZE, "%s", word);
        return;
    }
    typed_digest_print(&cmdline.image, image);
    snprintf(verdict, VERDICT_SIZE, "%s %s %s %llu %s", word, image, cmdline.state_id,
             (unsigned long long)cmdline.min_sequence, cmdline.verity_optional ? "optional" : "required");
}

static void floor_verdict(const struct question *question, char verdict[VERDICT_SIZE]) {
    uint64_t number;
    struct why why;
    if (sequence_floor_parse(question->floor, &number, &why))
        snprintf(verdict, VERDICT_SIZE, "FLOOR_ACCEPTED %llu", (unsigned long long)number);
    else
        snprintf(verdict, VERDICT_SIZE, "FLOOR_INVALID");
}

/* Files and bytes of each kind: both implementations must find the same. */
static void manifest_verdict(const struct question *question, char verdict[VERDICT_SIZE]) {
    struct trust_manifest manifest;
    struct manifest_file file;
    struct manifest_file found;
    struct why why;
    size_t files[3] = {0};
    size_t bytes[3] = {0};
    if (!trust_manifest_parse(question->manifest, &manifest, &why)) {
        snprintf(verdict, VERDICT_SIZE, "MANIFEST_INVALID");
        return;
    }
    struct slice rest = manifest.files;
    while (manifest_file_next(&rest, &file)) {
        files[file.kind]++;
        bytes[file.kind] += file.content.size;
        if (!manifest_file_find(&manifest, file.path, &found) || found.content.at != file.content.at) {
            snprintf(verdict, VERDICT_SIZE, "CONTRADICTION");
            return;
        }
    }
    snprintf(verdict, VERDICT_SIZE, "MANIFEST_ACCEPTED %zu %zu/%zu %zu/%zu %zu/%zu", manifest.command_line.size, files[0],
             bytes[0], files[1], bytes[1], files[2], bytes[2]);
}

/* Whether a word is one of those of `facts`, which have one comma between them. */
static bool has_fact(struct slice facts, const char *word) {
    for (size_t start = 0; start < facts.size;) {
        size_t end = slice_find(facts, ',', start);
        if (slice_is(slice_part(facts, start, end), word)) return true;
        start = end + 1;
    }
    return false;
}

static void assurance_verdict(const struct question *question, char verdict[VERDICT_SIZE]) {
    const struct boot_facts facts = {
        .mode = mode_of(question),
        .secure_boot = has_fact(question->facts, "secure-boot"),
        .is_user_mode = has_fact(question->facts, "user-mode"),
        .stub_info = question->stub,
        .has_manifest = has_fact(question->facts, "manifest"),
    };
    struct assurance assurance;
    assurance_of(&facts, &assurance);
    int size = snprintf(verdict, VERDICT_SIZE, "ASSURANCE_%s %s", assurance.missing_count == 0 ? "ACCEPTED" : "MISSING",
                        assurance.word);
    for (size_t i = 0; i < assurance.missing_count; i++)
        size += snprintf(verdict + size, VERDICT_SIZE - (size_t)size, " %s", assurance.missing[i]);
}

static void policy_verdict(const struct question *question, char verdict[VERDICT_SIZE]) {
    struct policy policy;
    struct why why;
    if (!policy_parse(question->policy, &policy, &why)) {
        snprintf(verdict, VERDICT_SIZE, "POLICY_INVALID");
        return;
    }
    snprintf(verdict, VERDICT_SIZE, "POLICY_ACCEPTED %s %u %s %llu %s %s %s", verify_mode_word(policy.mode),
             policy.threshold, policy.name[0] == '\0' ? "-" : policy.name,
             (unsigned long long)policy.min_sequence, policy.root_transient ? "yes" : "no",
             etc_mount_word(policy.etc), var_mount_word(policy.var));
}

void judge(const struct question *question, char verdict[VERDICT_SIZE]) {
    struct why why;
    if (question->is_cmdline)
        cmdline_verdict(question, verdict);
    else if (question->is_exact)
        snprintf(verdict, VERDICT_SIZE, "%s", cmdline_code_word(cmdline_exact(question->exact, question->signed_line, &why)));
    else if (question->is_manifest)
        manifest_verdict(question, verdict);
    else if (question->is_assurance)
        assurance_verdict(question, verdict);
    else if (question->is_floor)
        floor_verdict(question, verdict);
    else if (question->is_seal)
        snprintf(verdict, VERDICT_SIZE, "%s", seal_verdict(question));
    else
        policy_verdict(question, verdict);
}
