/* How much this boot can be relied on, and what it lacks (docs/formats/boot.md, "Assurance"). Pure: facts in, words out. */
#ifndef ROOTSEAL_ASSURANCE_H
#define ROOTSEAL_ASSURANCE_H

#include <stddef.h>

#include "policy.h"
#include "slice.h"

/* Newest systemd-stub that takes no initramfs of an unsigned boot entry. */
#define STUB_VERSION_MAX 260
/* Most words that can be missing. */
#define MISSING_MAX 6

struct boot_facts {
    enum verify_mode mode;
    /* Variable SecureBoot is 1. */
    bool secure_boot;
    /* Variable SetupMode is 0. */
    bool is_user_mode;
    /* Data of the variable StubInfo, when the stub made it at this boot; else empty. UTF-16LE. */
    struct slice stub_info;
    /* The trust manifest was what was believed. */
    bool has_manifest;
};

struct assurance {
    /* "sealed", "verified" or "unverified". Static. */
    const char *word;
    /* What it lacks to be sealed: static words, in the order of docs/formats/boot.md. */
    size_t missing_count;
    const char *missing[MISSING_MAX];
};

void assurance_of(const struct boot_facts *facts, struct assurance *assurance);

/* The version in StubInfo, as in u"systemd-stub 257.13-1": the digits behind the name. Returns false when there is none. */
bool stub_version(struct slice stub_info, unsigned *version);

#endif
