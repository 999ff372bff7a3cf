/**
 * What the kernel of every machine is told: where its console is, not to stay when it panics, and not to look whether the timer ticks,
 * which it takes for broken where the emulator had no processor meanwhile.
 */
export const KERNEL_ARGUMENTS = ['console=ttyS0', 'panic=-1', 'quiet', 'no_timer_check'];

/** As words for `disk build` and `install`. */
export const KERNEL_ARGUMENT_OPTIONS = KERNEL_ARGUMENTS.flatMap((word) => ['--karg-append', word]);

/** As the command line of a kernel that QEMU starts itself, which besides can be asked where it hangs. */
export const CONSOLE = [...KERNEL_ARGUMENTS, 'sysrq_always_enabled'].join(' ');
