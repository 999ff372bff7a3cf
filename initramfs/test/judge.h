/*
 * What the boot program decides about a test record. Seven kinds, told by their words:
 *
 *   note, policy, keys, revoked, image, commit   the code of a seal's check
 *   cmdline, mode                                the code, and for an accepted one the image, the state id, the smallest
 *                                                sequence, and whether fs-verity is `required` or `optional`
 *   cmdline, mode, signed                        the same, where a command line was signed
 *   exact, signed                                the code of the comparison with a signed command line alone
 *   manifest                                     MANIFEST_INVALID, or MANIFEST_ACCEPTED, the bytes of the command line, and files and
 *                                                bytes of policy, keys and revocations
 *   facts, stub, mode                            ASSURANCE_ACCEPTED, or ASSURANCE_MISSING and what is missing
 *   floor                                        FLOOR_INVALID, or FLOOR_ACCEPTED and the number
 *   policy alone                                 POLICY_INVALID, or POLICY_ACCEPTED and every value of it
 */
#ifndef ROOTSEAL_TEST_JUDGE_H
#define ROOTSEAL_TEST_JUDGE_H

#include "records.h"

/* Longest verdict with its NUL. */
#define VERDICT_SIZE 512

/* The fields of a record that the verdict depends on, decoded. All on the heap. */
struct question {
    struct slice note;
    struct slice policy;
    struct slice keys;
    struct slice revoked;
    struct slice image;
    struct slice commit;
    struct slice cmdline;
    struct slice mode;
    struct slice floor;
    struct slice signed_line;
    struct slice exact;
    struct slice manifest;
    struct slice stub;
    struct slice facts;
    bool is_cmdline;
    bool is_exact;
    bool is_signed;
    bool is_manifest;
    bool is_assurance;
    bool is_floor;
    bool is_seal;
};

void question_of(const struct record *record, struct question *question);
void question_free(struct question *question);

/* Writes the verdict. */
void judge(const struct question *question, char verdict[VERDICT_SIZE]);

#endif
