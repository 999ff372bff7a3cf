/* Grammar of names and versions (docs/formats/commit.md, "Fields") and of key names (docs/formats/seal.md, "Note"). */
#ifndef ROOTSEAL_NAMES_H
#define ROOTSEAL_NAMES_H

#include "slice.h"

/* Longest names in bytes, without a NUL. */
#define COMMIT_NAME_MAX 128
#define VERSION_MAX 255
#define KEY_NAME_MAX 255

/* Whether `name` may be the name of a commit or seal: 1 to 128 of A-Z a-z 0-9 . _ ~ -, the first a letter or digit. */
bool commit_name_valid(struct slice name);

/* Whether `version` may be a version: 1 to 255 bytes from 0x21 to 0x7e. */
bool version_valid(struct slice version);

/* Whether `name` may be the name of a key: 1 to 255 bytes of UTF-8 without "+", white space and control characters. */
bool key_name_valid(struct slice name);

#endif
