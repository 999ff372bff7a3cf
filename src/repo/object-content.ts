/** The content of an object, verified once, with its holes. */
import fs from 'node:fs';
import { HoleFinder, HOLES_MIN } from '../formats/tar/holes.js';
import type { SparseMap } from '../formats/tar/sparse.js';
import type { HoledContent, TarContent } from '../formats/tar/write.js';
import { dataRanges } from '../linux/extents.js';
import type { RegularFileHandle } from '../linux/regular-file.js';
import type { Digest } from '../util/digest.js';
import { pauser } from '../util/pauses.js';
import { openVerifiedObject, type ReadOptions } from './objects.js';
import { readContent } from './read-tree.js';
import type { Repository } from './repository.js';

const CHUNK_SIZE = 1 << 20;

/**
 * Contents for an archive that leaves holes out.
 * @param signal ends it; its reason is what is thrown
 */
export function contentWithHoles(repository: Repository, signal?: AbortSignal): TarContent {
  return (file) => {
    const { digest, size } = file;
    if (digest === undefined || file.inline !== undefined || size < HOLES_MIN)
      return readContent(repository, file, signal);
    return ObjectContent.open(repository, digest, { size: { exactly: size }, signal });
  };
}

class ObjectContent implements HoledContent {
  private readonly file: RegularFileHandle;
  private readonly signal: AbortSignal | undefined;

  private constructor(file: RegularFileHandle, signal: AbortSignal | undefined) {
    this.file = file;
    this.signal = signal;
  }

  /** @throws {RootsealError} OBJECT_NOT_FOUND or OBJECT_CORRUPT */
  static async open(
    repository: Repository,
    digest: Digest,
    options: ReadOptions,
  ): Promise<ObjectContent> {
    const file = await openVerifiedObject(repository, digest, options);
    return new ObjectContent(file, options.signal);
  }

  /** What the file system stores as a hole is not read; what is not, is found by its bytes, so both give the same. */
  async findPieces(): Promise<SparseMap | undefined> {
    const { fd, size } = this.file;
    const finder = new HoleFinder(size);
    const chunk = Buffer.allocUnsafe(CHUNK_SIZE);
    const pause = pauser(this.signal);
    let position = 0;
    for (const { start, end } of dataRanges(fd, size)) {
      finder.zeros(start - position);
      for (position = start; position < end;) {
        const length = Math.min(CHUNK_SIZE, end - position);
        const count = fs.readSync(fd, chunk, 0, length, position);
        if (count === 0) return undefined;
        finder.bytes(chunk.subarray(0, count));
        position += count;
        await pause.takeIfDue();
      }
    }
    finder.zeros(size - position);
    return finder.finish();
  }

  async *read(map: SparseMap | undefined): AsyncGenerator<Buffer, void, undefined> {
    const pieces = map?.pieces ?? [0, this.file.size];
    for (let index = 0; index < pieces.length; index += 2) {
      const start = pieces[index] ?? 0;
      yield* this.readPiece(start, start + (pieces[index + 1] ?? 0));
    }
  }

  close(): void {
    fs.closeSync(this.file.fd);
  }

  /** Ends early where the file does. */
  private async *readPiece(start: number, end: number): AsyncGenerator<Buffer, void, undefined> {
    const pause = pauser(this.signal);
    for (let position = start; position < end;) {
      const chunk = Buffer.allocUnsafe(Math.min(CHUNK_SIZE, end - position));
      const count = fs.readSync(this.file.fd, chunk, 0, chunk.length, position);
      if (count === 0) return;
      position += count;
      yield chunk.subarray(0, count);
      // Whoever takes the chunks may never wait for anything.
      await pause.takeIfDue();
    }
  }
}
