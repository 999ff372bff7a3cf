/** The content of an object, verified once, with its holes. */
import fs from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { HoleFinder, HOLES_MIN } from '../formats/tar/holes.js';
import type { SparseMap } from '../formats/tar/sparse.js';
import type { HoledContent, TarContent } from '../formats/tar/write.js';
import { dataRanges } from '../linux/extents.js';
import type { Digest } from '../util/digest.js';
import { openVerifiedObject } from './objects.js';
import { readContent } from './read-tree.js';
import type { Repository } from './repository.js';

const CHUNK_SIZE = 1 << 20;
/** Signals are heard between so many chunks. */
const CHUNKS_A_STEP = 64;

/** Contents for an archive that leaves holes out. */
export function contentWithHoles(repository: Repository): TarContent {
  return (file) => {
    const { digest, size } = file;
    if (digest === undefined || file.inline !== undefined || size < HOLES_MIN)
      return readContent(repository, file);
    return new ObjectContent(repository, digest);
  };
}

class ObjectContent implements HoledContent {
  private readonly fd: number;
  private readonly size: number;

  /** @throws {RootsealError} OBJECT_NOT_FOUND or OBJECT_CORRUPT */
  constructor(repository: Repository, digest: Digest) {
    this.fd = openVerifiedObject(repository, digest);
    this.size = fs.fstatSync(this.fd).size;
  }

  /** What the file system stores as a hole is not read; what is not, is found by its bytes, so both give the same. */
  async findPieces(): Promise<SparseMap | undefined> {
    const finder = new HoleFinder(this.size);
    const chunk = Buffer.allocUnsafe(CHUNK_SIZE);
    let position = 0;
    let chunks = 0;
    for (const { start, end } of dataRanges(this.fd, this.size)) {
      finder.zeros(start - position);
      for (position = start; position < end;) {
        const count = fs.readSync(
          this.fd,
          chunk,
          0,
          Math.min(CHUNK_SIZE, end - position),
          position,
        );
        if (count === 0) return undefined;
        finder.bytes(chunk.subarray(0, count));
        position += count;
        if (++chunks % CHUNKS_A_STEP === 0) await setImmediate();
      }
    }
    finder.zeros(this.size - position);
    return finder.finish();
  }

  async *read(map: SparseMap | undefined): AsyncGenerator<Buffer, void, undefined> {
    const pieces = map?.pieces ?? [0, this.size];
    for (let index = 0; index < pieces.length; index += 2) {
      const start = pieces[index] ?? 0;
      yield* this.readPiece(start, start + (pieces[index + 1] ?? 0));
    }
  }

  close(): void {
    fs.closeSync(this.fd);
  }

  /** Ends early where the file does. */
  // eslint-disable-next-line @typescript-eslint/require-await -- a stream for its readers; the reads themselves are short
  private async *readPiece(start: number, end: number): AsyncGenerator<Buffer, void, undefined> {
    for (let position = start; position < end;) {
      const chunk = Buffer.allocUnsafe(Math.min(CHUNK_SIZE, end - position));
      const count = fs.readSync(this.fd, chunk, 0, chunk.length, position);
      if (count === 0) return;
      position += count;
      yield chunk.subarray(0, count);
    }
  }
}
