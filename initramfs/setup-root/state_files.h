/* What is read from the state of a deployment: the seal, and the sequence floor of the host. */
#ifndef ROOTSEAL_STATE_FILES_H
#define ROOTSEAL_STATE_FILES_H

#include "boot.h"

/* "state/deploy/", the id, a slash, a short name and a NUL. */
#define STATE_PATH_SIZE (sizeof "state/deploy/" + STATE_ID_SIZE + 16)

/* Writes `state/deploy/<id>/<name>`; `name` has at most 15 bytes. */
void state_path(const struct boot *boot, const char *name, char path[STATE_PATH_SIZE]);

/* Reads the bytes of state/deploy/<id>/seal. */
bool read_seal(struct boot *boot, struct why *why);

/* Reads state/sequence-floor, if it is there, and raises the policy's min-sequence to it. */
bool apply_sequence_floor(struct boot *boot, struct why *why);

#endif
