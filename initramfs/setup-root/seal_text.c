/* See seal_text.h. */
#include "seal_text.h"

#include "decimal.h"
#include "hex.h"

static const char header[] = "rootseal seal v1";

bool commit_id_valid(struct slice text) {
    uint8_t bytes[COMMIT_ID_BYTES];
    return hex_parse(text, bytes, sizeof bytes);
}

/* Takes a line with its newline off the front of `rest`. */
static bool next_line(struct slice *rest, struct slice *line) {
    size_t end = slice_find(*rest, '\n', 0);
    if (end == rest->size) return false;
    *line = slice_part(*rest, 0, end);
    *rest = slice_part(*rest, end + 1, rest->size);
    return true;
}

/* Takes the line `<key>: <value>` off the front of `rest`; when it is another one, `rest` stays as it is. */
static bool next_value(struct slice *rest, const char *key, struct slice *value) {
    struct slice after = *rest;
    struct slice line;
    size_t size = strlen(key);
    if (!next_line(&after, &line) || !slice_starts_with(line, key)) return false;
    if (line.size < size + 2 || line.at[size] != ':' || line.at[size + 1] != ' ') return false;
    *value = slice_part(line, size + 2, line.size);
    *rest = after;
    return true;
}

/* `text` is shorter than the room at `to`. */
static void copy_text(struct slice text, char *to) {
    memcpy(to, text.at, text.size);
    to[text.size] = '\0';
}

static bool add_image(struct seal_facts *facts, struct slice value, struct why *why) {
    struct typed_digest image;
    if (facts->image_count == SEAL_IMAGES_MAX)
        return refuse(why, WHAT_SEAL, "the seal names more than %d images", SEAL_IMAGES_MAX);
    if (!typed_digest_parse(value, &image))
        return refuse(why, WHAT_SEAL, "the seal names an image, but not by a typed digest");
    for (size_t i = 0; i < facts->image_count; i++)
        if (typed_digest_equal(&facts->images[i], &image))
            return refuse(why, WHAT_SEAL, "the seal names an image twice");
    facts->images[facts->image_count++] = image;
    return true;
}

bool seal_text_parse(struct slice text, struct seal_facts *facts, struct why *why) {
    struct slice rest = text;
    struct slice value;
    if (!next_line(&rest, &value) || !slice_is(value, header))
        return refuse(why, WHAT_SEAL, "the signed text does not start with \"%s\"", header);
    if (!next_value(&rest, "name", &value) || !commit_name_valid(value))
        return refuse(why, WHAT_SEAL, "the seal's second line is not a good \"name\"");
    copy_text(value, facts->name);
    if (!next_value(&rest, "version", &value) || !version_valid(value))
        return refuse(why, WHAT_SEAL, "the seal's third line is not a good \"version\"");
    copy_text(value, facts->version);
    if (!next_value(&rest, "sequence", &value) || !decimal_parse(value, &facts->sequence))
        return refuse(why, WHAT_SEAL, "the seal's fourth line is not a good \"sequence\"");
    facts->image_count = 0;
    while (next_value(&rest, "image", &value))
        if (!add_image(facts, value, why)) return false;
    if (facts->image_count == 0) return refuse(why, WHAT_SEAL, "the seal's fifth line is not an \"image\"");
    if (!next_value(&rest, "commit", &value) || !commit_id_valid(value))
        return refuse(why, WHAT_SEAL, "the seal names no commit after its images");
    copy_text(value, facts->commit);
    if (rest.size > 0) return refuse(why, WHAT_SEAL, "the seal goes on after its commit");
    return true;
}
