/**
 * Compressed input, known by its first bytes: gzip (RFC 1952, several members), zstd (RFC 8878), xz, or plain.
 *
 * gzip is Node's own; zstd and xz are the programs of that name.
 */
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { RootsealError } from '../util/errors.js';
import { start } from './exec.js';

/** How bytes are compressed. */
export type Compression = 'plain' | 'gzip' | 'zstd' | 'xz';

const MAGIC_SIZE = 6;
const READ_SIZE = 256 * 1024;
/** Bounds what a hostile stream makes the program allocate; xz -9 needs 65 MiB, zstd's own bound is 128 MiB. */
const XZ_MEMORY_LIMIT = '--memlimit-decompress=256MiB';

/** Recognizes a compression by at least 6 bytes, or by all there are. */
export function detectCompression(head: Uint8Array): Compression {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  if (bytes.subarray(0, 2).toString('hex') === '1f8b') return 'gzip';
  if (bytes.subarray(0, 6).toString('hex') === 'fd377a585a00') return 'xz';
  const magic = bytes.length < 4 ? 0 : bytes.readUInt32LE(0);
  // A zstd stream may begin with a skippable frame: any of sixteen magic numbers.
  if (magic === 0xfd2fb528 || magic >>> 4 === 0x184d2a5) return 'zstd';
  return 'plain';
}

/**
 * The uncompressed bytes of a file or stream. Stopping early closes the source and ends the helper program.
 *
 * @param source path, or bytes as they come
 * @throws {RootsealError} FORMAT_INVALID for a damaged or cut stream, UNSUPPORTED without the program that it needs
 */
export async function* openDecompressed(
  source: string | AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const input = new PeekableInput(
    typeof source === 'string' ? createReadStream(source, { highWaterMark: READ_SIZE }) : source,
  );
  try {
    const compression = detectCompression(await input.peek(MAGIC_SIZE));
    if (compression === 'plain') yield* input.bytes();
    else if (compression === 'gzip') yield* gunzip(input);
    else yield* decompressBy(compression, input);
  } finally {
    await input.close();
  }
}

/** A source whose first bytes can be looked at, and that remembers its own failure. */
class PeekableInput {
  private readonly iterator: AsyncIterator<Uint8Array>;
  private readonly head: Uint8Array[] = [];
  private ended = false;
  /** What reading failed with, as against what is wrong with the bytes. */
  failure: unknown;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.iterator = source[Symbol.asyncIterator]();
  }

  async peek(size: number): Promise<Uint8Array> {
    for (let length = 0; length < size;) {
      const chunk = await this.next();
      if (chunk === undefined) break;
      this.head.push(chunk);
      length += chunk.length;
    }
    return Buffer.concat(this.head).subarray(0, size);
  }

  async *bytes(): AsyncGenerator<Uint8Array, void, undefined> {
    yield* this.head.splice(0);
    for (let chunk = await this.next(); chunk !== undefined; chunk = await this.next()) yield chunk;
  }

  async close(): Promise<void> {
    if (!this.ended) await this.iterator.return?.();
    this.ended = true;
  }

  private async next(): Promise<Uint8Array | undefined> {
    if (this.ended) return undefined;
    try {
      const result = await this.iterator.next();
      if (result.done !== true) return result.value;
    } catch (error) {
      this.failure = error;
      this.ended = true;
      throw error;
    }
    this.ended = true;
    return undefined;
  }
}

async function* gunzip(input: PeekableInput): AsyncGenerator<Uint8Array, void, undefined> {
  const output = createGunzip({ chunkSize: READ_SIZE });
  // A failure destroys `output`, so reading it below throws the same error.
  pipeline(Readable.from(input.bytes()), output).catch(() => undefined);
  try {
    yield* output as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw input.failure ?? damaged('gzip', error);
  } finally {
    output.destroy();
  }
}

async function* decompressBy(
  program: 'zstd' | 'xz',
  input: PeekableInput,
): AsyncGenerator<Uint8Array, void, undefined> {
  const compressed = Readable.from(input.bytes(), { objectMode: false });
  const args = program === 'xz' ? ['-dc', XZ_MEMORY_LIMIT] : ['-dcq'];
  const child = await start(program, args, { input: compressed });
  try {
    yield* child.stdout as AsyncIterable<Uint8Array>;
    await child.done;
  } catch (error) {
    throw input.failure ?? damaged(program, error);
  } finally {
    child.kill();
    compressed.destroy();
  }
}

/** Only a decoder's complaint about the bytes is a format error. */
function damaged(compression: Compression, error: unknown): unknown {
  const byZlib = error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
  const byProgram = error instanceof RootsealError && error.details['status'] !== undefined;
  if (!byZlib && !byProgram) return error;
  return new RootsealError('FORMAT_INVALID', `damaged or cut ${compression} stream`, {
    cause: error,
    details: { format: compression },
  });
}
