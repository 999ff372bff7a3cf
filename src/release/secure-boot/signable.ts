/** What a key of db may sign: what decides by itself which kernel, initramfs and command line are started. */
import { readPe, type PeImage } from '../../formats/pe/read-pe.js';
import { kernelSignatureProblem } from '../../formats/uki/signed-kernel.js';
import { STUB_VERSION_MAX, stubVersionOf, stubVersionProblem } from '../../formats/uki/stub.js';
import type { Certificate } from '../../formats/x509/certificate.js';
import { FormatError, RootsealError } from '../../util/errors.js';

/** Name and version of systemd-boot, as it says them in its section `.sdmagic` (systemd 257). */
const BOOT_LOADER = '#### LoaderInfo: systemd-boot ';
const SECTIONS = ['.linux', '.initrd', '.cmdline'];

/**
 * @param name of the file, for errors
 * @param certificate that would vouch for it
 * @throws {RootsealError} UNSUPPORTED for a bare kernel, an addon, a shell, and an image with a stub from version 261 on, or with a kernel
 *   that is itself signed by the certificate: with one of them that is signed, anybody who can write to the ESP starts what he likes
 */
export function requireSignable(name: string, bytes: Buffer, certificate: Certificate): void {
  const image = readUnifiedKernelImage(bytes);
  const problem = image && (stubProblem(image) ?? kernelProblem(image, certificate));
  if (problem !== undefined) throw new RootsealError('UNSUPPORTED', `${name}: ${problem}`);
  if (image !== undefined || isSystemdBoot(bytes)) return;
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

function readUnifiedKernelImage(bytes: Buffer): PeImage | undefined {
  try {
    const image = readPe(bytes);
    const names = image.sections.map((section) => section.name);
    return SECTIONS.every((name) => names.includes(name)) ? image : undefined;
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

function kernelProblem(image: PeImage, certificate: Certificate): string | undefined {
  try {
    return kernelSignatureProblem(image, [certificate]);
  } catch (error) {
    if (error instanceof FormatError) return `the kernel inside: ${error.message}`;
    throw error;
  }
}

/** Older stubs than those that images of commits are made with may be signed, too. */
function stubProblem(image: PeImage): string | undefined {
  try {
    const version = stubVersionOf(image);
    return version.major > STUB_VERSION_MAX ? stubVersionProblem(version) : undefined;
  } catch (error) {
    if (error instanceof FormatError) return error.message;
    throw error;
  }
}
