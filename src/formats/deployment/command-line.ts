/** How long the command line of a deployment may be. */
import type { DeployedKernel, KernelArgument } from './deployment.js';
import { kernelPath } from './kernel-files.js';

/**
 * Bytes of a command line that kernels take: 2,048 with the NUL at the end (`COMMAND_LINE_SIZE` of Linux, arch/x86 and
 * arch/arm64). What is longer is cut off without a word.
 */
export const COMMAND_LINE_MAX = 2047;

/** What decides how long a command line is. */
export interface CommandLine {
  readonly kernel: Pick<DeployedKernel, 'hash' | 'uki'>;
  readonly arguments: readonly KernelArgument[];
}

/**
 * Bytes of the command line as the kernel gets it: systemd-boot puts the path of the initramfs before it (systemd 257,
 * `initrd_prepare` in src/boot/boot.c). That of a unified kernel image is passed on as it is.
 */
export function commandLineLength({ kernel, arguments: list }: CommandLine): number {
  const loader = kernel.uki === undefined ? [`initrd=/${kernelPath(kernel.hash, 'initrd')}`] : [];
  return [...loader, ...list.map(({ value }) => value)].join(' ').length;
}

/** Says that a command line is too long for kernels, or nothing. */
export function commandLineProblem(line: CommandLine): string | undefined {
  const length = commandLineLength(line);
  if (length <= COMMAND_LINE_MAX) return undefined;
  return `the kernel command line would have ${length} bytes, and kernels take ${COMMAND_LINE_MAX}`;
}
