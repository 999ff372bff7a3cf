/** Where kernels are on the ESP, and what their directories are called. */
import { createHash, type Hash } from 'node:crypto';
import type { DeployedKernel } from './deployment.js';

/** Digits of a kernel hash: enough to tell kernels apart. */
const HASH_DIGITS = 32;

/** A file in the directory of a kernel. */
export interface KernelFile {
  readonly name: 'vmlinuz' | 'initrd' | 'uki.efi';
  /** Bytes; undefined where an earlier version did not note it. */
  readonly size: number | undefined;
}

/** The files that a deployment starts from: kernel and initramfs, or one unified kernel image. In the order of their hash. */
export function kernelFiles({
  sizes,
  uki,
}: Pick<DeployedKernel, 'sizes' | 'uki'>): readonly KernelFile[] {
  if (uki !== undefined) return [{ name: 'uki.efi', size: uki }];
  return [
    { name: 'vmlinuz', size: sizes?.vmlinuz },
    { name: 'initrd', size: sizes?.initrd },
  ];
}

/** Path of a file of a kernel on the ESP, relative to its root and without a leading slash. */
export function kernelPath(hash: string, name: KernelFile['name']): string {
  return `rootseal/${hash}/${name}`;
}

/**
 * The hash of the files of a kernel. Each one's size goes before it, so that no byte of one can be taken for one of the other, and
 * nothing is both a kernel with an initramfs and a unified kernel image. Earlier versions hashed the contents alone: then there are no
 * sizes.
 */
export class KernelHash {
  private readonly sum: Hash = createHash('sha256');

  /** To be called before the content of each, in the order of `kernelFiles`. */
  begin({ size: bytes }: Pick<KernelFile, 'size'>): void {
    if (bytes === undefined) return;
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(bytes));
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

/** What a deployment says of a unified kernel image. @param release of the kernel in it */
export function identifyUki(release: string, bytes: Uint8Array): DeployedKernel {
  const hash = new KernelHash();
  hash.begin({ size: bytes.length });
  hash.update(bytes);
  return { release, hash: hash.end(), uki: bytes.length };
}
