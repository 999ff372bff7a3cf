/* See judge.h. */
#include "judge.h"

#include "cmdline.h"
#include "decision.h"
#include "sequence_floor.h"

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
        .is_cmdline = record_value(record, "cmdline") != NULL,
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
    enum verify_mode mode = MODE_SEAL;
    struct cmdline cmdline;
    struct why why;
    char image[TYPED_DIGEST_TEXT_SIZE];
    if (slice_is(question->mode, verify_mode_word(MODE_CMDLINE))) mode = MODE_CMDLINE;
    if (slice_is(question->mode, verify_mode_word(MODE_NONE))) mode = MODE_NONE;
    enum cmdline_code code = cmdline_parse(question->cmdline, mode, &cmdline, &why);
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
    if (question->is_cmdline)
        cmdline_verdict(question, verdict);
    else if (question->is_floor)
        floor_verdict(question, verdict);
    else if (question->is_seal)
        snprintf(verdict, VERDICT_SIZE, "%s", seal_verdict(question));
    else
        policy_verdict(question, verdict);
}
