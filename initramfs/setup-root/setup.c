/* See setup.h. */
#include "setup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "console.h"
#include "exact_cmdline.h"
#include "image_file.h"
#include "kernel_command_line.h"
#include "manifest_trust.h"
#include "physical_root.h"
#include "report.h"
#include "root_mount.h"
#include "state_files.h"
#include "state_mounts.h"
#include "trust_files.h"
#include "volatile_root.h"

/* Where there is a manifest, the files themselves say nothing. */
bool read_trust(struct boot *boot, struct why *why) {
    if (!read_manifest(&boot->manifest, &boot->has_manifest, why)) return false;
    if (boot->has_manifest)
        return believe_manifest(&boot->manifest, &boot->policy, &boot->keys, &boot->revoked, why) &&
               nothing_was_added(&boot->manifest, why);
    return read_policy(&boot->policy, why) && read_keys(&boot->keys, why) && read_revocations(&boot->revoked, why);
}

static bool read_command_line(struct boot *boot, struct why *why) {
    struct slice text;
    if (!kernel_command_line(&text, why)) return false;
    if (cmdline_parse(text, boot->policy.mode, &boot->cmdline, why) != CMDLINE_ACCEPTED) return false;
    if (boot->has_manifest && cmdline_exact(text, boot->manifest.command_line, why) != CMDLINE_ACCEPTED) return false;
    boot->has_cmdline = true;
    if (boot->cmdline.min_sequence > boot->policy.min_sequence) boot->policy.min_sequence = boot->cmdline.min_sequence;
    return true;
}

/* Only bytes are taken here; nothing of them is looked at before the image was measured. */
static bool read_state(struct boot *boot, struct why *why) {
    if (boot->policy.mode != MODE_SEAL) return true;
    return apply_sequence_floor(boot, why) && read_seal(boot, why);
}

static bool measure(struct boot *boot, struct why *why) {
    return boot->policy.mode == MODE_NONE || measure_image(boot, why);
}

/* A revoked image is refused also where no seal is asked for. Where one is, the seal's own rules say so. */
static bool decide(struct boot *boot, struct why *why) {
    const struct seal_trust trust = {&boot->policy, &boot->keys, &boot->revoked};
    const struct seal_expectations expected = {.image = &boot->cmdline.image};
    struct slice seal = {boot->seal_bytes, boot->seal_size};
    if (boot->policy.mode == MODE_SEAL) return seal_check(seal, &expected, &trust, &boot->seal, why);
    return !image_is_revoked(&boot->revoked, &boot->cmdline.image) || refuse(why, WHAT_IMAGE, "it was revoked");
}

static bool mount_state(struct boot *boot, struct why *why) {
    return prepare_state(boot, why) && mount_etc(boot, why) && mount_var(boot, why);
}

static bool place_physical(struct boot *boot, struct why *why) {
    return place_physical_root(boot, why) && write_volatile_root(boot->physical, why);
}

static const struct {
    const char *name;
    bool (*run)(struct boot *boot, struct why *why);
} sequence[] = {
    {"prepare", take_physical_root}, {"trust", read_trust},         {"command line", read_command_line},
    {"open", open_image},            {"state", read_state},         {"measure", measure},
    {"read", read_image},            {"verify", decide},            {"image mount", mount_image},
    {"root mount", mount_root},      {"state mounts", mount_state}, {"physical root", place_physical},
};

void report_refusal(const struct boot *boot, const struct why *why) {
    char line[WHY_SIZE + 64];
    abandon_mounts(boot);
    snprintf(line, sizeof line, "refused %s: %s", why->what, why->sentence);
    console_line(line);
    if (write_refusal(boot, why)) return;
    snprintf(line, sizeof line, "refused.json cannot be written: %s", strerror(errno));
    console_line(line);
}

static bool run_sequence(struct boot *boot, struct why *why) {
    for (size_t i = 0; i < sizeof sequence / sizeof sequence[0]; i++) {
        if (!sequence[i].run(boot, why)) return false;
        step_done(&boot->steps, sequence[i].name);
    }
    return write_boot_report(boot, why) && deliver_root(boot, why);
}

bool setup_root(struct boot *boot, const char *target, struct why *why) {
    char line[CONSOLE_LINE_MAX];
    boot->target = target;
    boot->work = boot->physical = boot->objects = boot->image = boot->root = -1;
    steps_start(&boot->steps);
    if (!run_sequence(boot, why)) {
        report_refusal(boot, why);
        return false;
    }
    print_verdict(boot, line, sizeof line);
    console_line(line);
    return true;
}
