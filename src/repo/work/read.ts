/** Reads a file's content once, in order, and hashes it; holes are not read. */
import fs from 'node:fs';
import { dataRanges } from '../../linux/extents.js';
import { fileDigest } from '../../formats/fsverity/descriptor.js';
import { MerkleHasher } from '../../formats/fsverity/merkle.js';
import type { Digest, HashAlgorithm } from '../../util/digest.js';

const CHUNK_SIZE = 1 << 20;
const chunkBuffer = Buffer.allocUnsafeSlow(CHUNK_SIZE);

/** Gets each piece of content that is no hole; `chunk` is valid during the call only. */
export type ContentSink = (chunk: Uint8Array, position: number) => void;

export interface HashedContent {
  readonly digest: Digest;
  /** Bytes that were there; less than asked for when the file is shorter. */
  readonly size: number;
}

/** Hashes the first `size` bytes of an open file and hands the data in them to `sink`. */
export function hashContent(
  fd: number,
  size: number,
  algorithm: HashAlgorithm,
  sink?: ContentSink,
): HashedContent {
  const hasher = new MerkleHasher(algorithm);
  let position = 0;
  for (const range of dataRanges(fd, size)) {
    hasher.updateZeros(range.start - position);
    position = range.start;
    while (position < range.end) {
      const count = fs.readSync(
        fd,
        chunkBuffer,
        0,
        Math.min(CHUNK_SIZE, range.end - position),
        position,
      );
      if (count === 0) return { digest: fileDigest(algorithm, hasher.finish()), size: position };
      const chunk = chunkBuffer.subarray(0, count);
      hasher.update(chunk);
      sink?.(chunk, position);
      position += count;
    }
  }
  hasher.updateZeros(size - position);
  return { digest: fileDigest(algorithm, hasher.finish()), size };
}

/** Writes all of `chunk` at `position`. */
export function writeFully(fd: number, chunk: Uint8Array, position: number): void {
  for (let done = 0; done < chunk.length;) {
    done += fs.writeSync(fd, chunk, done, chunk.length - done, position + done);
  }
}
