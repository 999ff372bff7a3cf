/* The policy: which seals are accepted and how the root is put together (docs/formats/policy.md, "Policy"). */
#ifndef ROOTSEAL_POLICY_H
#define ROOTSEAL_POLICY_H

#include "names.h"
#include "slice.h"
#include "why.h"

enum verify_mode {
    MODE_SEAL,
    MODE_CMDLINE,
    MODE_NONE,
};

enum etc_mount {
    ETC_BIND,
    ETC_OVERLAY,
    ETC_TRANSIENT,
    ETC_NONE,
};

enum var_mount {
    VAR_BIND,
    VAR_TRANSIENT,
    VAR_NONE,
};

struct policy {
    enum verify_mode mode;
    /* How many different keys must have signed: 1 to 32. */
    unsigned threshold;
    /* Only seals with this name; empty: any. */
    char name[COMMIT_NAME_MAX + 1];
    /* Smallest accepted sequence. */
    uint64_t min_sequence;
    bool root_transient;
    enum etc_mount etc;
    enum var_mount var;
};

/* What holds where there is no policy. */
void policy_default(struct policy *policy);

/*
 * Parses a policy file; what it does not say is as in policy_default. Refuses ("policy") an unknown or repeated section or
 * key, a value that is not allowed, and a file without a section.
 */
bool policy_parse(struct slice file, struct policy *policy, struct why *why);

/* The words of the policy file: "seal", "bind" and so on. Static. */
const char *verify_mode_word(enum verify_mode mode);
const char *etc_mount_word(enum etc_mount mount);
const char *var_mount_word(enum var_mount mount);

#endif
