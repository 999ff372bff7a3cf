/* The image in the repository, by descriptor: opened, measured and read once before anybody looks at what is in it. */
#ifndef ROOTSEAL_IMAGE_FILE_H
#define ROOTSEAL_IMAGE_FILE_H

#include "boot.h"

/* Opens the repository of the physical root, the image that the command line names, and the objects. */
bool open_image(struct boot *boot, struct why *why);

/* Asks the kernel for the fs-verity digest of the image, which must be the one that was asked for. */
bool measure_image(const struct boot *boot, struct why *why);

/* Reads all of the image: fs-verity checks it block by block, and a damaged one must be found now. */
bool read_image(struct boot *boot, struct why *why);

#endif
