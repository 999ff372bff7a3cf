/* See decision.h. The steps are those of docs/formats/seal.md, "Decision". */
#include "decision.h"

static const char *const code_words[] = {
    [SEAL_ACCEPTED] = "SEAL_ACCEPTED",
    [SEAL_NOTE_INVALID] = "SEAL_NOTE_INVALID",
    [SEAL_SIGNATURE_WRONG] = "SEAL_SIGNATURE_WRONG",
    [SEAL_THRESHOLD] = "SEAL_THRESHOLD",
    [SEAL_TEXT_INVALID] = "SEAL_TEXT_INVALID",
    [SEAL_IMAGE_MISMATCH] = "SEAL_IMAGE_MISMATCH",
    [SEAL_COMMIT_MISMATCH] = "SEAL_COMMIT_MISMATCH",
    [SEAL_NAME_MISMATCH] = "SEAL_NAME_MISMATCH",
    [SEAL_SEQUENCE] = "SEAL_SEQUENCE",
    [SEAL_IMAGE_REVOKED] = "SEAL_IMAGE_REVOKED",
};

const char *seal_code_word(enum seal_code code) { return code_words[code]; }

/* Public keys count, not names: one key under two names is one signer. */
static void count_signer(struct seal_report *report, const struct verifier_key *key) {
    for (size_t i = 0; i < report->signer_count; i++)
        if (memcmp(report->signers[i]->public_key, key->public_key, ED25519_KEY_SIZE) == 0) return;
    report->signers[report->signer_count++] = key;
}

/* Step 2. A revoked key is treated as an unknown one: it neither helps nor harms. */
static enum seal_code check_signatures(const struct note *note, const struct seal_trust *trust,
                                       struct seal_report *report, struct why *why) {
    for (size_t i = 0; i < note->count; i++) {
        const struct note_signature *signature = &note->signatures[i];
        const struct verifier_key *key = keyring_find(trust->keys, signature->name, signature->key_id);
        if (key == NULL || key_is_revoked(trust->revoked, signature->name, key->id)) continue;
        if (signature->size != ED25519_SIGNATURE_SIZE ||
            !ed25519_verify(signature->bytes, note->text, key->public_key)) {
            refuse(why, WHAT_SEAL, "the signature by %s is wrong", key->name);
            return SEAL_SIGNATURE_WRONG;
        }
        count_signer(report, key);
    }
    return SEAL_ACCEPTED;
}

static bool names_image(const struct seal_facts *facts, const struct typed_digest *image) {
    for (size_t i = 0; i < facts->image_count; i++)
        if (typed_digest_equal(&facts->images[i], image)) return true;
    return false;
}

/* Steps 5 to 9, in this order. */
static enum seal_code check_facts(const struct seal_facts *facts, const struct seal_expectations *expected,
                                  const struct seal_trust *trust, struct why *why) {
    const struct policy *policy = trust->policy;
    char digest[TYPED_DIGEST_TEXT_SIZE];
    if (!names_image(facts, expected->image)) {
        typed_digest_print(expected->image, digest);
        refuse(why, WHAT_SEAL, "it does not name %s", digest);
        return SEAL_IMAGE_MISMATCH;
    }
    if (expected->commit != NULL && strcmp(facts->commit, expected->commit) != 0) {
        refuse(why, WHAT_SEAL, "it names commit %s, not %s", facts->commit, expected->commit);
        return SEAL_COMMIT_MISMATCH;
    }
    if (policy->name[0] != '\0' && strcmp(facts->name, policy->name) != 0) {
        refuse(why, WHAT_SEAL, "it is for \"%s\", the policy wants \"%s\"", facts->name, policy->name);
        return SEAL_NAME_MISMATCH;
    }
    if (facts->sequence < policy->min_sequence) {
        refuse(why, WHAT_SEAL, "sequence %llu is below the minimum %llu", (unsigned long long)facts->sequence,
               (unsigned long long)policy->min_sequence);
        return SEAL_SEQUENCE;
    }
    for (size_t i = 0; i < facts->image_count; i++) {
        if (!image_is_revoked(trust->revoked, &facts->images[i])) continue;
        typed_digest_print(&facts->images[i], digest);
        refuse(why, WHAT_SEAL, "%s was revoked", digest);
        return SEAL_IMAGE_REVOKED;
    }
    return SEAL_ACCEPTED;
}

static enum seal_code decide(struct slice bytes, const struct seal_expectations *expected,
                             const struct seal_trust *trust, struct seal_report *report, struct why *why) {
    struct note note;
    if (!note_parse(bytes, &note, why)) return SEAL_NOTE_INVALID;
    enum seal_code code = check_signatures(&note, trust, report, why);
    if (code != SEAL_ACCEPTED) return code;
    if (report->signer_count < trust->policy->threshold) {
        refuse(why, WHAT_SEAL, "%zu of %u needed signatures", report->signer_count,
               trust->policy->threshold);
        return SEAL_THRESHOLD;
    }
    /* Step 4: the text is read only now that enough keys vouch for it. */
    if (!seal_text_parse(note.text, &report->facts, why)) return SEAL_TEXT_INVALID;
    return check_facts(&report->facts, expected, trust, why);
}

bool seal_check(struct slice bytes, const struct seal_expectations *expected, const struct seal_trust *trust,
                struct seal_report *report, struct why *why) {
    memset(report, 0, sizeof *report);
    report->code = decide(bytes, expected, trust, report, why);
    return report->code == SEAL_ACCEPTED;
}
