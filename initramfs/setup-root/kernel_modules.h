/* Loading the kernel modules that a small initramfs lists. */
#ifndef ROOTSEAL_KERNEL_MODULES_H
#define ROOTSEAL_KERNEL_MODULES_H

/*
 * Loads the modules of /usr/lib/rootseal/modules.load: one absolute path of an uncompressed .ko a line, in this order. A
 * module that cannot be loaded is a remark on the console: perhaps it is not needed here.
 */
void load_kernel_modules(void);

/*
 * Loads the file system of the firmware's variables, where the kernel has it as a module and nobody has loaded it yet: without it a boot
 * that is refused before a larger init is started would not know that boot counting is on.
 */
void load_variables_module(void);

#endif
