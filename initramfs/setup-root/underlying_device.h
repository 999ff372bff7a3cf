/* The block device that another one lies on alone, as an encrypted one on its partition. */
#ifndef ROOTSEAL_UNDERLYING_DEVICE_H
#define ROOTSEAL_UNDERLYING_DEVICE_H

#include <sys/types.h>

/*
 * Follows `slaves` of sysfs for as long as there is exactly one, and returns the number of the last device; that of `device`
 * itself when it lies on no other one, on several, or on what the kernel does not tell. `devices` is the path of /sys/dev/block.
 */
dev_t underlying_device(const char *devices, dev_t device);

#endif
