/** The content of an object, verified once, with its holes. */
import fs from 'node:fs';
import { HoleFinder, HOLES_MIN } from '../formats/tar/holes.js';
import type { SparseMap } from '../formats/tar/sparse.js';
import type { HoledContent, TarContent } from '../formats/tar/write-archive.js';
import { dataRanges } from '../linux/data-extents.js';
import type { Digest } from '../util/digest.js';
import { withPauses } from '../util/pauses.js';
import type { Steps } from '../util/steps.js';
import { openVerifiedObject } from './objects.js';
import { readContent } from './read-tree.js';
import type { Repository } from './repository.js';

const CHUNK_SIZE = 1 << 20;

/**
 * Contents for an archive that leaves holes out.
 * @param signal ends the reading; its reason is what is thrown
 */
export function contentWithHoles(repository: Repository, signal?: AbortSignal): TarContent {
  return (file) => {
    const { digest, size } = file;
    if (digest === undefined || file.inline !== undefined || size < HOLES_MIN)
      return readContent(repository, file, signal);
    return new ObjectContent({ repository, digest, size, signal });
  };
}

interface ObjectOfFile {
  readonly repository: Repository;
  readonly digest: Digest;
  readonly size: number;
  readonly signal: AbortSignal | undefined;
}

class ObjectContent implements HoledContent {
  private readonly object: ObjectOfFile;
  private fd: number | undefined;

  constructor(object: ObjectOfFile) {
    this.object = object;
  }

  /** @throws {RootsealError} OBJECT_NOT_FOUND or OBJECT_CORRUPT */
  async findPieces(): Promise<SparseMap | undefined> {
    const { repository, digest, size, signal } = this.object;
    const options = { size: { exactly: size }, signal };
    const { fd } = await openVerifiedObject(repository, digest, options);
    this.fd = fd;
    return withPauses(findHoles(fd, size), signal);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- a stream for its readers; the reads themselves are short
  async *read(map: SparseMap | undefined): AsyncGenerator<Buffer, void, undefined> {
    if (this.fd === undefined) return;
    const pieces = map?.pieces ?? [0, this.object.size];
    for (let index = 0; index < pieces.length; index += 2) {
      const start = pieces[index] ?? 0;
      yield* readPiece(this.fd, start, start + (pieces[index + 1] ?? 0));
    }
  }

  close(): void {
    if (this.fd !== undefined) fs.closeSync(this.fd);
    this.fd = undefined;
  }
}

/**
 * What the file system stores as a hole is not read; what it does not is found by its bytes, so both give the same. A step is a
 * chunk.
 */
function* findHoles(fd: number, size: number): Steps<SparseMap | undefined> {
  const finder = new HoleFinder(size);
  const chunk = Buffer.allocUnsafe(CHUNK_SIZE);
  let position = 0;
  for (const { start, end } of dataRanges(fd, size)) {
    finder.zeros(start - position);
    for (position = start; position < end;) {
      const count = fs.readSync(fd, chunk, 0, Math.min(CHUNK_SIZE, end - position), position);
      if (count === 0) return undefined;
      finder.bytes(chunk.subarray(0, count));
      position += count;
      yield;
    }
  }
  finder.zeros(size - position);
  return finder.finish();
}

/** Ends early where the file does. */
function* readPiece(fd: number, start: number, end: number): Generator<Buffer, void, undefined> {
  for (let position = start; position < end;) {
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK_SIZE, end - position));
    const count = fs.readSync(fd, chunk, 0, chunk.length, position);
    if (count === 0) return;
    position += count;
    yield chunk.subarray(0, count);
  }
}
