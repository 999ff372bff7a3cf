/* The new root: EROFS from the open image, and overlayfs over it that takes contents from the objects. */
#ifndef ROOTSEAL_ROOT_MOUNT_H
#define ROOTSEAL_ROOT_MOUNT_H

#include "boot.h"

/* Mounts the image, not to be seen by anybody, below the work place. */
bool mount_image(struct boot *boot, struct why *why);

/* Mounts the root over it, also below the work place, and closes what is no longer needed. */
bool mount_root(struct boot *boot, struct why *why);

#endif
