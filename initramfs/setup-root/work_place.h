/* Things in the work place: mounts that others must not see yet, and memory for changes that are forgotten. */
#ifndef ROOTSEAL_WORK_PLACE_H
#define ROOTSEAL_WORK_PLACE_H

#include "boot.h"
#include "layers.h"

/* Makes a directory of this name in the work place and attaches a mount there. */
bool attach_in_work_place(const struct boot *boot, int mount, const char *name, struct why *why);

/* Mounts an empty file system in memory at WORK_PATH/<name> and opens `upper` and `work` of the layers in it. */
bool make_transient_upper(const struct boot *boot, const char *name, struct layers *layers, struct why *why);

/*
 * Makes the directories `upper` and `work` in `directory`, where they are missing, and opens them. A new `upper` gets mode and
 * owner of layers->lower.
 */
bool open_upper(int directory, struct layers *layers, struct why *why);

void close_upper(struct layers *layers);

/* A file system in memory that is not attached yet, with a root directory of mode 0755; -1 with a refusal. */
int mount_memory(const char *source, unsigned attributes, struct why *why);

#endif
