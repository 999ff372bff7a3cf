/* The whole initramfs: what the kernel starts as PID 1 where there is no other program. */
#ifndef ROOTSEAL_FIRST_PROCESS_H
#define ROOTSEAL_FIRST_PROCESS_H

#include "boot.h"

/* Mounts, loads modules, finds the root, sets it up and starts its init; or ends the boot. Never returns. */
_Noreturn void first_process(struct boot *boot);

/* Reports a refusal and ends the boot, as PID 1 for which nothing has been mounted yet. Never returns. */
_Noreturn void end_first_process(struct boot *boot, const struct why *refusal);

#endif
