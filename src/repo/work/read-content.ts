/**
 * Reads a file's content once, in order, and hashes it; holes are not read. In steps: threads do them at once, the main thread
 * with pauses.
 */
import fs from 'node:fs';
import { alignedMemory } from '../../linux/direct.js';
import { dataRanges } from '../../linux/data-extents.js';
import { digestOf, fileDigest } from '../../formats/fsverity/descriptor.js';
import { MerkleHasher } from '../../formats/fsverity/merkle.js';
import type { Digest, HashAlgorithm } from '../../util/digest.js';
import type { Steps } from '../../util/steps.js';

const CHUNK_SIZE = 1 << 20;
const chunkBuffer = alignedMemory(CHUNK_SIZE);

/**
 * Gets each piece of content that is not a hole. `chunk` is valid during the call only; it is the start of memory that
 * direct writes can take. `position` is a multiple of 4096, and so is the length of every chunk but a range's last.
 */
export type ContentSink = (chunk: Buffer, length: number, position: number) => void;

export interface HashedContent {
  readonly digest: Digest;
  /** Bytes that were there; less than asked for when the file is shorter. */
  readonly size: number;
}

/** Hashes the first `size` bytes of an open file and hands the data in them to `sink`. A step is a chunk. */
export function* hashContent(
  fd: number,
  size: number,
  algorithm: HashAlgorithm,
  sink?: ContentSink,
): Steps<HashedContent> {
  if (size <= CHUNK_SIZE && sink === undefined) return hashWhole(fd, size, algorithm);
  const hasher = new MerkleHasher(algorithm);
  let position = 0;
  for (const range of dataRanges(fd, size)) {
    hasher.updateZeros(range.start - position);
    position = range.start;
    while (position < range.end) {
      const wanted = Math.min(CHUNK_SIZE, range.end - position);
      const count = readFully(fd, wanted, position);
      hasher.update(chunkBuffer().subarray(0, count));
      if (count > 0) sink?.(chunkBuffer(), count, position);
      position += count;
      if (count < wanted) return { digest: fileDigest(algorithm, hasher.finish()), size: position };
      // The memory of the chunk is free again.
      yield;
    }
  }
  hasher.updateZeros(size - position);
  return { digest: fileDigest(algorithm, hasher.finish()), size };
}

/** Asking where the holes of a small file are takes longer than reading them. */
function hashWhole(fd: number, size: number, algorithm: HashAlgorithm): HashedContent {
  const count = readFully(fd, size, 0);
  return { digest: digestOf(chunkBuffer().subarray(0, count), algorithm), size: count };
}

/** Reads the first `size` bytes of an open file, or all when it is shorter, and hashes what was read. A step is a chunk. */
export function* readAndHash(
  fd: number,
  size: number,
  algorithm: HashAlgorithm,
): Steps<{ readonly content: Buffer; readonly digest: Digest }> {
  const content = Buffer.allocUnsafe(size);
  const hasher = new MerkleHasher(algorithm);
  let fill = 0;
  for (let count = 1; count > 0 && fill < size; fill += count) {
    if (fill > 0) yield;
    count = fs.readSync(fd, content, fill, Math.min(CHUNK_SIZE, size - fill), fill);
    hasher.update(content.subarray(fill, fill + count));
  }
  const digest = fileDigest(algorithm, hasher.finish());
  return { content: content.subarray(0, fill), digest };
}

/** Fills the start of `chunkBuffer`; less than `wanted` only at the end of the file. */
function readFully(fd: number, wanted: number, position: number): number {
  let fill = 0;
  for (let count = 1; count > 0 && fill < wanted; fill += count) {
    count = fs.readSync(fd, chunkBuffer(), fill, wanted - fill, position + fill);
  }
  return fill;
}

/** Copies the first `size` bytes of an open file to an empty one; holes stay holes. A step is a chunk. */
export function* copyContent(source: number, target: number, size: number): Steps<void> {
  fs.ftruncateSync(target, size);
  for (const range of dataRanges(source, size)) {
    for (let position = range.start; position < range.end;) {
      const count = readFully(source, Math.min(CHUNK_SIZE, range.end - position), position);
      if (count === 0) return;
      writeFully(target, chunkBuffer().subarray(0, count), position);
      position += count;
      yield;
    }
  }
}

/** Writes all of `chunk` at `position`. */
export function writeFully(fd: number, chunk: Uint8Array, position: number): void {
  for (let done = 0; done < chunk.length;) {
    done += fs.writeSync(fd, chunk, done, chunk.length - done, position + done);
  }
}
