/* A read-only loop device over an open file: how EROFS is mounted from a file before Linux 6.12. */
#ifndef ROOTSEAL_LOOP_DEVICE_H
#define ROOTSEAL_LOOP_DEVICE_H

#include "why.h"

/* "/dev/loop", a number and a NUL. */
#define LOOP_PATH_SIZE 32

/*
 * Sets one up over `file`. Returns its descriptor, which must stay open until the device is mounted, and writes its path;
 * -1 with a refusal. The device goes by itself when nobody uses it.
 */
int attach_loop(int file, char path[LOOP_PATH_SIZE], struct why *why);

#endif
