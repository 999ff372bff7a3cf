/** What a kernel for x86 says of itself in its header (Linux 6.12 Documentation/arch/x86/boot.rst, `kernel_version`). */

const MAGIC_AT = 0x202;
const MAGIC = 'HdrS';
const POINTER_AT = 0x20e;
/** What the pointer counts from. */
const POINTER_BASE = 0x200;
/** Longest release that is read; `UTS_RELEASE` has at most 64. */
const RELEASE_MAX = 64;

/**
 * The release, such as `6.12.117+deb13-cloud-amd64`.
 * @param start at least the first 64 KiB of the file
 * @returns undefined when it does not say, as kernels for other machines do not
 */
export function releaseOfKernel(start: Buffer): string | undefined {
  if (start.length < POINTER_AT + 2) return undefined;
  if (start.toString('latin1', MAGIC_AT, MAGIC_AT + MAGIC.length) !== MAGIC) return undefined;
  const at = start.readUInt16LE(POINTER_AT) + POINTER_BASE;
  const text = start.toString('latin1', at, at + RELEASE_MAX + 1);
  return /^([0-9][0-9A-Za-z.+~_-]*)[ \0]/.exec(text)?.[1];
}
