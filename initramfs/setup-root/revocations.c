/* See revocations.h. */
#include "revocations.h"

#include "hex.h"
#include "trust_lines.h"

static bool id_is_revoked(const struct revocations *revoked, const uint8_t id[KEY_ID_SIZE]) {
    for (size_t i = 0; i < revoked->key_count; i++)
        if (memcmp(revoked->keys[i], id, KEY_ID_SIZE) == 0) return true;
    return false;
}

static bool named_key_is_revoked(const struct revocations *revoked, struct slice name, const uint8_t id[KEY_ID_SIZE]) {
    for (size_t i = 0; i < revoked->named_key_count; i++) {
        const struct revoked_key *key = &revoked->named_keys[i];
        if (memcmp(key->id, id, KEY_ID_SIZE) == 0 && slice_is(name, key->name)) return true;
    }
    return false;
}

bool key_is_revoked(const struct revocations *revoked, struct slice name, const uint8_t id[KEY_ID_SIZE]) {
    return id_is_revoked(revoked, id) || named_key_is_revoked(revoked, name, id);
}

bool image_is_revoked(const struct revocations *revoked, const struct typed_digest *image) {
    for (size_t i = 0; i < revoked->image_count; i++)
        if (typed_digest_equal(&revoked->images[i], image)) return true;
    return false;
}

static bool add_id(struct revocations *revoked, const uint8_t id[KEY_ID_SIZE], struct why *why) {
    if (id_is_revoked(revoked, id)) return true;
    if (revoked->key_count == REVOKED_KEYS_MAX)
        return refuse(why, WHAT_REVOCATIONS, "more than %d revoked keys", REVOKED_KEYS_MAX);
    memcpy(revoked->keys[revoked->key_count++], id, KEY_ID_SIZE);
    return true;
}

static bool add_named_key(struct revocations *revoked, struct slice name, const uint8_t id[KEY_ID_SIZE], struct why *why) {
    if (named_key_is_revoked(revoked, name, id)) return true;
    if (revoked->named_key_count == REVOKED_NAMED_KEYS_MAX)
        return refuse(why, WHAT_REVOCATIONS, "more than %d keys revoked by name and id", REVOKED_NAMED_KEYS_MAX);
    struct revoked_key *key = &revoked->named_keys[revoked->named_key_count++];
    memcpy(key->id, id, KEY_ID_SIZE);
    memcpy(key->name, name.at, name.size);
    key->name[name.size] = '\0';
    return true;
}

/* `<name>+<key id>`: names contain no plus sign. */
static bool parse_named_key(struct slice line, struct slice *name, uint8_t id[KEY_ID_SIZE]) {
    size_t plus = slice_find(line, '+', 0);
    if (plus == line.size) return false;
    *name = slice_part(line, 0, plus);
    return key_name_valid(*name) && hex_parse(slice_part(line, plus + 1, line.size), id, KEY_ID_SIZE);
}

static bool add_image(struct revocations *revoked, const struct typed_digest *image, struct why *why) {
    if (image_is_revoked(revoked, image)) return true;
    if (revoked->image_count == REVOKED_IMAGES_MAX)
        return refuse(why, WHAT_REVOCATIONS, "more than %d revoked images", REVOKED_IMAGES_MAX);
    revoked->images[revoked->image_count++] = *image;
    return true;
}

static bool add_line(struct revocations *revoked, struct slice line, unsigned number, struct why *why) {
    uint8_t id[KEY_ID_SIZE];
    struct slice name;
    struct typed_digest image;
    if (hex_parse(line, id, sizeof id)) return add_id(revoked, id, why);
    if (parse_named_key(line, &name, id)) return add_named_key(revoked, name, id, why);
    if (typed_digest_parse(line, &image)) return add_image(revoked, &image, why);
    return refuse(why, WHAT_REVOCATIONS,
                  "line %u: expected a key id (8 hex digits), a key's name, \"+\" and its id, or a typed image digest", number);
}

bool revocations_add_file(struct revocations *revoked, struct slice file, struct why *why) {
    struct trust_lines lines;
    struct slice line;
    if (!trust_lines_start(file, WHAT_REVOCATIONS, &lines, why)) return false;
    while (trust_lines_next(&lines, &line))
        if (!add_line(revoked, line, lines.number, why)) return false;
    return true;
}
