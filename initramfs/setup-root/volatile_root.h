/* /run/systemd/volatile-root: tells systemd which partition is behind a root that is not on one. */
#ifndef ROOTSEAL_VOLATILE_ROOT_H
#define ROOTSEAL_VOLATILE_ROOT_H

#include "why.h"

/*
 * Makes the symbolic link to /dev/block/MAJOR:MINOR of the file system that the directory is on; behind encryption, of
 * the partition that this lies on. Where several devices or none are behind the file system, there is no link.
 */
bool write_volatile_root(int directory, struct why *why);

#endif
