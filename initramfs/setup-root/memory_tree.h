/* Files of the initramfs that are not needed, or not wanted, any more. */
#ifndef ROOTSEAL_MEMORY_TREE_H
#define ROOTSEAL_MEMORY_TREE_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Removes what is in an open directory and on `device`, and closes it. Entries of the directory itself for which `is_kept` holds stay;
 * NULL keeps none. What cannot be removed stays, too.
 */
void remove_contents(int directory, dev_t device, bool (*is_kept)(int directory, const char *name));

#endif
