/* See revocations.h. */
#include "revocations.h"

#include "hex.h"
#include "trust_lines.h"

bool key_is_revoked(const struct revocations *revoked, const uint8_t id[KEY_ID_SIZE]) {
    for (size_t i = 0; i < revoked->key_count; i++)
        if (memcmp(revoked->keys[i], id, KEY_ID_SIZE) == 0) return true;
    return false;
}

bool image_is_revoked(const struct revocations *revoked, const struct typed_digest *image) {
    for (size_t i = 0; i < revoked->image_count; i++)
        if (typed_digest_equal(&revoked->images[i], image)) return true;
    return false;
}

static bool add_key(struct revocations *revoked, const uint8_t id[KEY_ID_SIZE], struct why *why) {
    if (key_is_revoked(revoked, id)) return true;
    if (revoked->key_count == REVOKED_KEYS_MAX)
        return refuse(why, WHAT_REVOCATIONS, "more than %d revoked keys", REVOKED_KEYS_MAX);
    memcpy(revoked->keys[revoked->key_count++], id, KEY_ID_SIZE);
    return true;
}

static bool add_image(struct revocations *revoked, const struct typed_digest *image, struct why *why) {
    if (image_is_revoked(revoked, image)) return true;
    if (revoked->image_count == REVOKED_IMAGES_MAX)
        return refuse(why, WHAT_REVOCATIONS, "more than %d revoked images", REVOKED_IMAGES_MAX);
    revoked->images[revoked->image_count++] = *image;
    return true;
}

bool revocations_add_file(struct revocations *revoked, struct slice file, struct why *why) {
    struct trust_lines lines;
    struct slice line;
    if (!trust_lines_start(file, WHAT_REVOCATIONS, &lines, why)) return false;
    while (trust_lines_next(&lines, &line)) {
        uint8_t id[KEY_ID_SIZE];
        struct typed_digest image;
        if (hex_parse(line, id, sizeof id)) {
            if (!add_key(revoked, id, why)) return false;
        } else if (typed_digest_parse(line, &image)) {
            if (!add_image(revoked, &image, why)) return false;
        } else {
            return refuse(why, WHAT_REVOCATIONS,
                          "line %u: expected a key id (8 hex digits) or a typed image digest", lines.number);
        }
    }
    return true;
}
