/* See assurance.h. */
#include "assurance.h"

#define STUB_NAME "systemd-stub "
#define VERSION_DIGITS_MAX 5

/* Byte `index` of UTF-16LE text; 0 at its end, and for what is not ASCII. */
static uint8_t ascii_at(struct slice text, size_t index) {
    if (2 * index + 1 >= text.size || text.at[2 * index + 1] != 0) return 0;
    return text.at[2 * index];
}

bool stub_version(struct slice stub_info, unsigned *version) {
    const char *name = STUB_NAME;
    size_t start = sizeof STUB_NAME - 1;
    size_t count = 0;
    unsigned number = 0;
    for (size_t i = 0; i < start; i++)
        if (ascii_at(stub_info, i) != (uint8_t)name[i]) return false;
    for (; count < VERSION_DIGITS_MAX; count++) {
        uint8_t digit = ascii_at(stub_info, start + count);
        if (digit < '0' || digit > '9') break;
        number = number * 10 + digit - '0';
    }
    *version = number;
    return count > 0 && count < VERSION_DIGITS_MAX;
}

static void require(struct assurance *assurance, bool is_there, const char *word) {
    if (!is_there) assurance->missing[assurance->missing_count++] = word;
}

void assurance_of(const struct boot_facts *facts, struct assurance *assurance) {
    unsigned version = 0;
    bool is_old_stub = stub_version(facts->stub_info, &version) && version <= STUB_VERSION_MAX;
    assurance->missing_count = 0;
    require(assurance, facts->mode != MODE_NONE, "verification");
    require(assurance, facts->secure_boot, "secure-boot");
    require(assurance, facts->is_user_mode, "setup-mode");
    require(assurance, facts->stub_info.size > 0, "unified-kernel-image");
    require(assurance, is_old_stub, "stub-version");
    require(assurance, facts->has_manifest, "trust-manifest");
    assurance->word = facts->mode == MODE_NONE            ? "unverified"
                      : assurance->missing_count == 0 ? "sealed"
                                                      : "verified";
}
