/**
 * Where the holes of a content are, by its bytes alone: the same content has the same holes on every file system.
 *
 * A hole is a run of zeros that begins and ends at a multiple of 4096 bytes (or at the end of the file) and is at least
 * 64 KiB long. A content with less than 1 MiB of them has none: it is written as every reader of archives takes it.
 */
import { PIECES_MAX, type SparseMap } from './sparse.js';

const BLOCK = 4096;
const HOLE_MIN = 64 * 1024;
/** Contents with less than this in holes are written whole; shorter contents need not be looked at. */
export const HOLES_MIN = 1024 * 1024;

const ZEROS = Buffer.alloc(BLOCK);

/** Takes a content in order, and finds its holes. */
export class HoleFinder {
  private readonly size: number;
  private readonly pieces: number[] = [];
  private position = 0;
  /** Whether the block that `position` is in has had something else than zeros. */
  private isData = false;
  /** Where the last block with data ends. */
  private dataEnd = 0;

  /** @param size of the content, in bytes */
  constructor(size: number) {
    this.size = size;
  }

  /** The next bytes. */
  bytes(chunk: Buffer): void {
    for (let at = 0; at < chunk.length;) {
      const room = BLOCK - (this.position % BLOCK);
      const end = Math.min(at + room, chunk.length);
      this.isData ||= !isZero(chunk, at, end);
      this.advance(end - at);
      at = end;
    }
  }

  /** The next `length` bytes, which are zeros. */
  zeros(length: number): void {
    for (let left = length; left > 0;) {
      const room = BLOCK - (this.position % BLOCK);
      // Whole blocks of zeros change nothing.
      const step = room === BLOCK && left >= BLOCK ? left - (left % BLOCK) : Math.min(room, left);
      this.advance(step);
      left -= step;
    }
  }

  /** What is stored when the holes are left out; undefined when there are too few. */
  finish(): SparseMap | undefined {
    if (this.size - this.dataEnd < HOLE_MIN && this.dataEnd < this.size) this.addData(this.size);
    const { pieces, size } = this;
    let stored = 0;
    for (let index = 1; index < pieces.length; index += 2) stored += pieces[index] ?? 0;
    if (size - stored < HOLES_MIN) return undefined;
    // As GNU tar ends the map of a file that ends in a hole.
    if (this.dataEnd < size) pieces.push(size, 0);
    return { realsize: size, pieces };
  }

  private advance(length: number): void {
    this.position += length;
    if (this.position % BLOCK !== 0 && this.position !== this.size) return;
    if (this.isData) this.addData(this.position);
    this.isData = false;
  }

  /** Data up to `end`, which began in the last block before it or right after the data before. */
  private addData(end: number): void {
    const start = Math.floor((end - 1) / BLOCK) * BLOCK;
    const { pieces } = this;
    const isApart = start - this.dataEnd >= HOLE_MIN && pieces.length < 2 * (PIECES_MAX - 2);
    if (isApart) pieces.push(start, end - start);
    else if (pieces.length === 0) pieces.push(0, end);
    else pieces[pieces.length - 1] = end - (pieces[pieces.length - 2] ?? 0);
    this.dataEnd = end;
  }
}

function isZero(chunk: Buffer, start: number, end: number): boolean {
  if (chunk[start] !== 0 || chunk[end - 1] !== 0) return false;
  return chunk.compare(ZEROS, 0, end - start, start, end) === 0;
}
