/** Puts together what rules look at of an image that is to be released; each costly part is read when it is asked for, and once. */
import { RootsealError } from '../../util/errors.js';
import type { ImageFiles } from '../image-files.js';
import { PROGRAM_PATH } from '../initramfs/build-initramfs.js';
import { readInitramfs } from '../initramfs/read-initramfs.js';
import { findKernelPaths, type KernelPaths } from '../kernel-paths.js';
import { withTrust } from './lint.js';
import type { InitramfsLook, ReleaseSubject } from './lint-subject.js';
import { saysTrust } from './rules/l09-initramfs.js';

/** Longest initramfs that is read, in bytes. */
const INITRAMFS_SIZE_MAX = 1 << 29;

type Given = Omit<ReleaseSubject, 'trust' | 'kernelPaths' | 'initramfs'>;

export function releaseSubject(given: Given): ReleaseSubject {
  const kernelPaths = once(() => kernelPathsOf(given.files, given.kernel));
  return withTrust<Omit<ReleaseSubject, 'trust'>>({
    ...given,
    kernelPaths,
    initramfs: once(() => lookIntoInitramfs(given.files, kernelPaths())),
    uki: once(given.uki),
  });
}

function once<T>(read: () => T): () => T {
  let found: { readonly value: T } | undefined;
  return () => (found ??= { value: read() }).value;
}

function kernelPathsOf(files: ImageFiles, kernel: string | undefined): KernelPaths | undefined {
  try {
    return findKernelPaths(files, kernel);
  } catch (error) {
    if (error instanceof RootsealError) return undefined;
    throw error;
  }
}

async function lookIntoInitramfs(
  files: ImageFiles,
  kernel: KernelPaths | undefined,
): Promise<InitramfsLook> {
  if (kernel === undefined) return { kind: 'none' };
  const size = files.resolve(kernel.initrd)?.size ?? 0;
  if (size > INITRAMFS_SIZE_MAX)
    return { kind: 'unreadable', why: `it has ${size} bytes, more than ${INITRAMFS_SIZE_MAX}` };
  const bytes = await files.read(kernel.initrd, INITRAMFS_SIZE_MAX);
  const look = await readInitramfs(bytes, isCompared);
  return 'why' in look
    ? { kind: 'unreadable', why: look.why }
    : { kind: 'read', files: look.files };
}

/** The boot program, be it the init or not, and files about trust. */
function isCompared(path: string): boolean {
  return path === PROGRAM_PATH.slice(1) || path === 'init' || saysTrust(path);
}
