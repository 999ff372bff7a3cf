/* Whether an answer about fs-verity comes from this kernel (Linux Documentation/filesystems/fsverity.rst). */
#ifndef ROOTSEAL_VERITY_H
#define ROOTSEAL_VERITY_H

#include <stdbool.h>

/*
 * Whether this kernel itself does fs-verity on the file system of `file`, which may be opened with O_PATH. Others pass
 * FS_IOC_MEASURE_VERITY on: FUSE and virtiofs to a server (since Linux 6.10), which may answer whatever it likes and show other
 * bytes. A measurement is believed only where this is true.
 */
bool kernel_does_verity(int file);

#endif
