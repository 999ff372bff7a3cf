/** Exact reads from a stream of chunks of any size. */
import { FormatError } from '../../util/errors.js';

const NOTHING = new Uint8Array(0);

/** The archive as a position that only moves forward. */
export class TarInput {
  /** Bytes consumed so far. */
  offset = 0;
  private readonly iterator: AsyncIterator<Uint8Array>;
  private chunk: Uint8Array = NOTHING;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.iterator = source[Symbol.asyncIterator]();
  }

  /** Whether nothing is left. */
  async atEnd(): Promise<boolean> {
    while (this.chunk.length === 0) {
      const next = await this.iterator.next();
      if (next.done === true) return true;
      this.chunk = next.value;
    }
    return false;
  }

  /**
   * One to `max` bytes, as a view of the source's chunk.
   *
   * @throws {FormatError} at the end of the source
   */
  async some(max: number): Promise<Uint8Array> {
    if (this.chunk.length === 0 && (await this.atEnd()))
      throw new FormatError('tar', 'the archive is cut off', { offset: this.offset });
    const part = this.chunk.subarray(0, max);
    this.chunk = this.chunk.subarray(part.length);
    this.offset += part.length;
    return part;
  }

  /**
   * Exactly `length` bytes, as a view or a copy. The caller bounds `length`.
   *
   * @throws {FormatError} when the source ends before
   */
  async exactly(length: number): Promise<Uint8Array> {
    if (this.chunk.length >= length) return length === 0 ? NOTHING : this.some(length);
    const bytes = new Uint8Array(length);
    for (let filled = 0; filled < length;) {
      const part = await this.some(length - filled);
      bytes.set(part, filled);
      filled += part.length;
    }
    return bytes;
  }

  /** The next `length` bytes without consuming them; fewer only at the end of the source. The caller bounds `length`. */
  async peek(length: number): Promise<Uint8Array> {
    while (this.chunk.length < length) {
      const next = await this.iterator.next();
      if (next.done === true) break;
      this.chunk = this.chunk.length === 0 ? next.value : Buffer.concat([this.chunk, next.value]);
    }
    return this.chunk.subarray(0, length);
  }

  /** @throws {FormatError} when the source ends before */
  async skip(length: number): Promise<void> {
    for (let left = length; left > 0;) left -= (await this.some(left)).length;
  }

  /** Tells the source that no more is wanted. */
  async close(): Promise<void> {
    await this.iterator.return?.();
  }
}
