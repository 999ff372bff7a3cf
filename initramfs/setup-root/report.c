/* See report.h. */
#include "report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "efi_variables.h"
#include "hex.h"
#include "json.h"
#include "system_error.h"

#define DIRECTORY "/run/rootseal"
#define BOOT_NAME "boot.json"
#define REFUSED_NAME "refused.json"
#define REPORT_MAX 65536
/* As much of the variable as has to do with the version. */
#define STUB_INFO_MAX 128

static char text[REPORT_MAX];

static bool write_all(int file, const char *bytes, size_t size) {
    for (size_t done = 0; done < size;) {
        ssize_t count = write(file, bytes + done, size - done);
        if (count == -1 && errno == EINTR) continue;
        if (count == -1) return false;
        done += (size_t)count;
    }
    return true;
}

/* A reader sees the whole file or none. */
static bool write_file(const char *name, const char *other, struct json *json) {
    if (json->is_full) {
        errno = EFBIG;
        return false;
    }
    if (mkdir(DIRECTORY, 0755) == -1 && errno != EEXIST) return false;
    int directory = open(DIRECTORY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (directory == -1) return false;
    unlinkat(directory, "new.json", 0);
    unlinkat(directory, other, 0);
    int file = openat(directory, "new.json", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    bool is_written = file != -1 && write_all(file, json->text, json->size) && fchmod(file, 0644) == 0 &&
                      renameat(directory, "new.json", directory, name) == 0;
    int error = errno;
    if (file != -1) close(file);
    close(directory);
    errno = error;
    return is_written;
}

static void put_string(struct json *json, const char *key, const char *value) {
    json_key(json, key);
    json_string(json, value);
}

static void put_image(struct json *json, const struct boot *boot) {
    char digest[TYPED_DIGEST_TEXT_SIZE];
    typed_digest_print(&boot->cmdline.image, digest);
    put_string(json, "image", digest);
    put_string(json, "id", boot->cmdline.state_id);
}

/* Name and so on are of the seal, so they are there only where one was asked for. */
static void put_seal(struct json *json, const struct boot *boot) {
    const struct seal_facts *facts = &boot->seal.facts;
    if (boot->policy.mode != MODE_SEAL) return;
    put_string(json, "commit", facts->commit);
    put_string(json, "name", facts->name);
    put_string(json, "release", facts->version);
    json_key(json, "sequence");
    json_number(json, facts->sequence);
}

static void put_keys(struct json *json, const struct boot *boot) {
    json_key(json, "keys");
    json_open(json, '[');
    for (size_t i = 0; i < boot->seal.signer_count; i++) {
        const struct verifier_key *key = boot->seal.signers[i];
        char id[2 * KEY_ID_SIZE + 1];
        hex_print(key->id, KEY_ID_SIZE, id);
        json_open(json, '{');
        put_string(json, "name", key->name);
        put_string(json, "id", id);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void put_steps(struct json *json, const struct steps *steps) {
    json_key(json, "steps");
    json_open(json, '[');
    for (size_t i = 0; i < steps->count; i++) {
        json_open(json, '{');
        put_string(json, "name", steps->step[i].name);
        json_key(json, "microseconds");
        json_number(json, steps->step[i].microseconds);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void put_missing(struct json *json, const struct assurance *assurance) {
    json_key(json, "missing");
    json_open(json, '[');
    for (size_t i = 0; i < assurance->missing_count; i++) json_string(json, assurance->missing[i]);
    json_close(json, ']');
}

bool write_boot_report(struct boot *boot, struct why *why) {
    struct json json = json_start(text, sizeof text);
    uint8_t stub_info[STUB_INFO_MAX];
    const struct boot_facts facts = {
        .mode = boot->policy.mode,
        .secure_boot = secure_boot_is_on(),
        .is_user_mode = is_user_mode(),
        .stub_info = {stub_info, read_loader_variable("StubInfo", stub_info, sizeof stub_info)},
        .has_manifest = boot->has_manifest,
    };
    assurance_of(&facts, &boot->assurance);
    json_open(&json, '{');
    json_key(&json, "version");
    json_number(&json, 1);
    put_string(&json, "assurance", boot->assurance.word);
    put_missing(&json, &boot->assurance);
    put_string(&json, "mode", verify_mode_word(boot->policy.mode));
    put_image(&json, boot);
    put_seal(&json, boot);
    put_keys(&json, boot);
    json_key(&json, "secureBoot");
    json_boolean(&json, facts.secure_boot);
    json_key(&json, "unifiedKernelImage");
    json_boolean(&json, facts.stub_info.size > 0);
    put_steps(&json, &boot->steps);
    put_string(&json, "etc", etc_mount_word(boot->policy.etc));
    put_string(&json, "var", var_mount_word(boot->policy.var));
    json_key(&json, "transientRoot");
    json_boolean(&json, boot->policy.root_transient);
    json_close(&json, '}');
    json_end(&json);
    return write_file(BOOT_NAME, REFUSED_NAME, &json) || refuse_errno(why, WHAT_KERNEL, DIRECTORY "/" BOOT_NAME);
}

bool write_refusal(const struct boot *boot, const struct why *refusal) {
    struct json json = json_start(text, sizeof text);
    json_open(&json, '{');
    json_key(&json, "version");
    json_number(&json, 1);
    put_string(&json, "what", refusal->what);
    put_string(&json, "why", refusal->sentence);
    if (boot->has_cmdline) put_image(&json, boot);
    json_close(&json, '}');
    json_end(&json);
    return write_file(REFUSED_NAME, BOOT_NAME, &json);
}

void print_verdict(const struct boot *boot, char *line, size_t capacity) {
    char digest[TYPED_DIGEST_TEXT_SIZE];
    typed_digest_print(&boot->cmdline.image, digest);
    if (boot->policy.mode == MODE_NONE) {
        snprintf(line, capacity, "NOT verified %s (mode=none)", digest);
        return;
    }
    int size = snprintf(line, capacity, "verified %s by %s", digest, boot->policy.mode == MODE_CMDLINE ? "the command line" : "");
    for (size_t i = 0; i < boot->seal.signer_count && size > 0 && (size_t)size < capacity; i++)
        size += snprintf(line + size, capacity - (size_t)size, "%s%s", i > 0 ? ", " : "", boot->seal.signers[i]->name);
    /* Where there is no manifest, nobody expected more. */
    if (!boot->has_manifest || size < 0 || (size_t)size >= capacity) return;
    const struct assurance *assurance = &boot->assurance;
    size += snprintf(line + size, capacity - (size_t)size, assurance->missing_count == 0 ? "; sealed" : "; not sealed:");
    for (size_t i = 0; i < assurance->missing_count && (size_t)size < capacity; i++)
        size += snprintf(line + size, capacity - (size_t)size, "%s %s", i > 0 ? "," : "", assurance->missing[i]);
}
