/**
 * Direct writes: from our memory to the device, past the page cache (open(2): O_DIRECT).
 *
 * What a commit stores is flushed before it counts, so caching it first is a copy for nothing; measured, large files
 * are durable in half the time. The kernel wants memory, offsets and lengths to be multiples of the block size.
 */
import fs from 'node:fs';
import { hasErrno } from '../util/errors.js';
import { loadKoffi } from './libc.js';

/** A multiple of every block size that file systems ask for. */
export const DIRECT_ALIGNMENT = 4096;

/**
 * Memory of `size` bytes, a multiple of 4096, that direct writes can take; not zeroed. It is there from the first call of
 * what is returned on.
 */
export function alignedMemory(size: number): () => Buffer {
  let memory: Buffer | undefined;
  return () => (memory ??= allocateAligned(size));
}

function allocateAligned(size: number): Buffer {
  const memory = Buffer.allocUnsafeSlow(size + DIRECT_ALIGNMENT);
  const misalignment = Number(loadKoffi().address(memory) % BigInt(DIRECT_ALIGNMENT));
  const start = misalignment === 0 ? 0 : DIRECT_ALIGNMENT - misalignment;
  return memory.subarray(start, start + size);
}

/** A new file that is written directly where the file system can, else through the page cache. */
export class DirectFile {
  readonly fd: number;
  private readonly direct: boolean;

  private constructor(fd: number, direct: boolean) {
    this.fd = fd;
    this.direct = direct;
  }

  /** @throws {Error} EEXIST when there is such a file */
  static create(path: string, mode: number): DirectFile {
    const { O_WRONLY, O_CREAT, O_EXCL, O_DIRECT } = fs.constants;
    try {
      return new DirectFile(fs.openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_DIRECT, mode), true);
    } catch (error) {
      if (!hasErrno(error, 'EINVAL')) throw error;
    }
    // The kernel makes the file before it finds that its file system has no direct writes.
    return new DirectFile(fs.openSync(path, O_WRONLY | O_CREAT, mode), false);
  }

  /**
   * Writes the first `length` bytes of `memory` at `position`, a multiple of 4096. Only the last write of a file may
   * have another length; it uses the memory behind it for padding.
   * @param memory from `alignedMemory`
   */
  write(memory: Buffer, length: number, position: number): void {
    const padded = this.direct ? Math.ceil(length / DIRECT_ALIGNMENT) * DIRECT_ALIGNMENT : length;
    memory.fill(0, length, padded);
    for (let done = 0; done < padded;) {
      done += fs.writeSync(this.fd, memory, done, padded - done, position + done);
    }
  }

  /** Gives the file its length, which takes the padding off. */
  finish(size: number): void {
    fs.ftruncateSync(this.fd, size);
  }

  close(): void {
    fs.closeSync(this.fd);
  }
}
