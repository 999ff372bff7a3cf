/* How a boot ends that was refused (docs/formats/boot.md, "After a refusal"). There is no shell at any of these ends. */
#ifndef ROOTSEAL_BOOT_END_H
#define ROOTSEAL_BOOT_END_H

/* Reboots when the boot loader counts tries, so that it gets to the next entry; else returns. */
void reboot_if_counted(void);

/* Shows refused.json on the console, if this boot was refused. */
void show_refusal(void);

/*
 * Reboots when the boot loader counts tries; else does what /proc/sys/kernel/panic says, as the kernel would: stays for ever
 * (0), reboots at once (negative) or after that many seconds. Never returns.
 */
_Noreturn void end_boot(void);

#endif
