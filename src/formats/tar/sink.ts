/** Where the content of files goes while an archive is read. */
import type { RegularFile } from '../tree/model.js';
import type { TarInput } from './input.js';
import type { SparseMap } from './sparse.js';

/** What the tree keeps of a file's content. */
export type FileContent = Pick<RegularFile, 'inline' | 'digest' | 'payload'>;

/** Takes the content of one file, in order. Its calls never overlap. */
export interface FileSink {
  /** `chunk` is a view, valid until the returned promise is settled; without a promise, until the call returns. */
  write(chunk: Uint8Array): void | Promise<void>;
  /** A hole of `length` bytes. Where this is missing, holes are written as zeros. */
  zeros?(length: number): void | Promise<void>;
  /** All content was given. The reader goes on with the next member while the promise is pending. */
  finish(): Promise<FileContent>;
  /** The archive ended or failed within this file; `finish` will not be called. */
  abort(): void | Promise<void>;
}

/** Takes the content of all files. */
export interface TarSink {
  /**
   * Begins a file of `size` bytes, 0 included. A sink that works on several files at once bounds their number by
   * making this promise wait.
   */
  file(size: number): FileSink | Promise<FileSink>;
}

const ZEROS = new Uint8Array(64 * 1024);

/**
 * Copies `length` stored bytes to the sink.
 *
 * @throws {FormatError} when the archive ends before
 */
export async function copyContent(input: TarInput, sink: FileSink, length: number): Promise<void> {
  for (let left = length; left > 0;) {
    const chunk = await input.some(left);
    left -= chunk.length;
    const written = sink.write(chunk);
    if (written !== undefined) await written;
  }
}

/**
 * Copies the pieces of a sparse file to the sink, with the holes between them.
 *
 * @throws {FormatError} when the archive ends before
 */
export async function copySparse(input: TarInput, sink: FileSink, map: SparseMap): Promise<void> {
  let position = 0;
  for (let index = 0; index < map.pieces.length; index += 2) {
    const start = map.pieces[index] ?? 0;
    const length = map.pieces[index + 1] ?? 0;
    await writeHole(sink, start - position);
    await copyContent(input, sink, length);
    position = start + length;
  }
  await writeHole(sink, map.realsize - position);
}

async function writeHole(sink: FileSink, length: number): Promise<void> {
  if (length === 0) return;
  if (sink.zeros !== undefined) {
    await sink.zeros(length);
    return;
  }
  for (let left = length; left > 0; left -= ZEROS.length)
    await sink.write(left < ZEROS.length ? ZEROS.subarray(0, left) : ZEROS);
}
