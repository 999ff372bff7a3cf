/* Whether a seal is accepted (docs/formats/seal.md, "Decision"). */
#ifndef ROOTSEAL_DECISION_H
#define ROOTSEAL_DECISION_H

#include "keyring.h"
#include "note.h"
#include "policy.h"
#include "revocations.h"
#include "seal_text.h"

/* In the order of the steps. */
enum seal_code {
    SEAL_ACCEPTED,
    SEAL_NOTE_INVALID,
    SEAL_SIGNATURE_WRONG,
    SEAL_THRESHOLD,
    SEAL_TEXT_INVALID,
    SEAL_IMAGE_MISMATCH,
    SEAL_COMMIT_MISMATCH,
    SEAL_NAME_MISMATCH,
    SEAL_SEQUENCE,
    SEAL_IMAGE_REVOKED,
};

/* Whom and what is trusted. A host's sequence floor is applied by raising policy->min_sequence before. */
struct seal_trust {
    const struct policy *policy;
    const struct keyring *keys;
    const struct revocations *revoked;
};

/* What the seal must name. */
struct seal_expectations {
    /* The image that was measured. */
    const struct typed_digest *image;
    /* 64 hex digits, or NULL for any. */
    const char *commit;
};

struct seal_report {
    enum seal_code code;
    /* Keys whose signatures count, no public key twice; they point into the keyring. */
    size_t signer_count;
    const struct verifier_key *signers[NOTE_SIGNATURES_MAX];
    /* What the seal says; only when code is SEAL_ACCEPTED or stands after SEAL_TEXT_INVALID. */
    struct seal_facts facts;
};

/*
 * Checks the bytes of a seal note. Returns whether the seal is accepted; else `report->code` says which step failed, and
 * `why` ("seal") tells it to a person. The policy's mode is not asked.
 */
bool seal_check(struct slice bytes, const struct seal_expectations *expected, const struct seal_trust *trust,
                struct seal_report *report, struct why *why);

/* "SEAL_ACCEPTED" and so on. Static. */
const char *seal_code_word(enum seal_code code);

#endif
