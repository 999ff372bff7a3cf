/** Where kernels are on the ESP, and what their directories are called. */
import { createHash, type Hash } from 'node:crypto';
import type { KernelSizes } from './deployment.js';

/** Digits of a kernel hash: enough to tell kernels apart. */
const HASH_DIGITS = 32;

/** Paths of kernel and initramfs on the ESP, relative to its root and without a leading slash. */
export function kernelFiles(hash: string): { readonly vmlinuz: string; readonly initrd: string } {
  return { vmlinuz: `rootseal/${hash}/vmlinuz`, initrd: `rootseal/${hash}/initrd` };
}

/**
 * The hash of kernel and initramfs. Each one's size goes before it, so that no byte of one can be taken for one of the other. Earlier
 * versions hashed the contents alone: then there are no sizes.
 */
export class KernelHash {
  private readonly sum: Hash = createHash('sha256');
  private readonly sizes: KernelSizes | undefined;

  constructor(sizes: KernelSizes | undefined) {
    this.sizes = sizes;
  }

  /** To be called before the content of each, the kernel's first. */
  begin(file: keyof KernelSizes): void {
    if (this.sizes === undefined) return;
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(this.sizes[file]));
    this.sum.update(size);
  }

  update(chunk: Uint8Array): void {
    this.sum.update(chunk);
  }

  /** The name of the directory; ends it. */
  end(): string {
    return this.sum.digest('hex').slice(0, HASH_DIGITS);
  }
}
