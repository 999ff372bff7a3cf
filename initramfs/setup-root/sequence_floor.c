/* See sequence_floor.h. */
#include "sequence_floor.h"

#include "decimal.h"

bool sequence_floor_parse(struct slice file, uint64_t *floor, struct why *why) {
    size_t end = slice_find(file, '\n', 0);
    /* The newline shows that the file was written to its end. */
    if (end + 1 == file.size && decimal_parse(slice_part(file, 0, end), floor)) return true;
    return refuse(why, WHAT_STATE, "sequence-floor is not a decimal number and a newline");
}
