/* Loading the kernel modules that a small initramfs lists. */
#ifndef ROOTSEAL_KERNEL_MODULES_H
#define ROOTSEAL_KERNEL_MODULES_H

/*
 * Loads the modules of /usr/lib/rootseal/modules.load: one absolute path of an uncompressed .ko a line, in this order. A
 * module that cannot be loaded is a remark on the console: perhaps it is not needed here.
 */
void load_kernel_modules(void);

#endif
