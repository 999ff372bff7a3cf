/** What a key of db may sign: what decides by itself which kernel, initramfs and command line are started. */
import { readPe } from '../../formats/pe/read-pe.js';
import { FormatError, RootsealError } from '../../util/errors.js';

/** Name and version of systemd-boot, as it says them in its section `.sdmagic` (systemd 257). */
const BOOT_LOADER = '#### LoaderInfo: systemd-boot ';
const SECTIONS = ['.linux', '.initrd', '.cmdline'];

/**
 * @param name of the file, for errors
 * @throws {RootsealError} UNSUPPORTED for a bare kernel, an addon, a shell: with one of them that is signed, anybody who can write to the
 *   ESP starts what he likes
 */
export function requireSignable(name: string, bytes: Buffer): void {
  if (isSystemdBoot(bytes) || isUnifiedKernelImage(bytes)) return;
  throw new RootsealError(
    'UNSUPPORTED',
    `${name} is neither systemd-boot nor a unified kernel image with initramfs and command line`,
    { hint: 'a signature on anything else would let others choose what is started' },
  );
}

/** Whether it says so of itself. */
export function isSystemdBoot(bytes: Buffer): boolean {
  return bytes.includes(BOOT_LOADER, 0, 'latin1');
}

function isUnifiedKernelImage(bytes: Buffer): boolean {
  try {
    const names = readPe(bytes).sections.map((section) => section.name);
    return SECTIONS.every((name) => names.includes(name));
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  }
}
