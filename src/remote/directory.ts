/** A repository in a directory of this machine. */
import fs from 'node:fs';
import { readSmallFile } from '../repo/durable.js';
import { hasErrno, RootsealError } from '../util/errors.js';
import type { OpenedFile, Transport } from './transport.js';

const CHUNK_SIZE = 1 << 18;

export function directoryTransport(directory: string): Transport {
  return {
    name: directory,
    backOff: [],
    // eslint-disable-next-line @typescript-eslint/require-await -- small files are read at once
    read: async (path, limit) => readFile(`${directory}/${path}`, limit),
    // eslint-disable-next-line @typescript-eslint/require-await -- opening does not wait for anything
    open: async (path, offset) => openFile(`${directory}/${path}`, offset),
  };
}

function readFile(file: string, limit: number): Buffer | undefined {
  try {
    const bytes = readSmallFile(file, limit);
    if (bytes === undefined || bytes.length <= limit) return bytes;
  } catch (error) {
    if (hasErrno(error, 'EISDIR')) return undefined;
    throw error;
  }
  throw new RootsealError('FORMAT_INVALID', `${file} has more than ${limit} bytes`);
}

function openFile(file: string, offset: number): OpenedFile | undefined {
  let fd: number | undefined;
  try {
    // O_NONBLOCK: a fifo in place of a file must not hang us.
    fd = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  } catch (error) {
    if (hasErrno(error, 'ENOENT') || hasErrno(error, 'ENOTDIR')) return undefined;
    throw error;
  }
  const close = () => {
    if (fd !== undefined) fs.closeSync(fd);
    fd = undefined;
  };
  return { offset, size: fs.fstatSync(fd).size, chunks: readChunks(fd, offset), close };
}

// eslint-disable-next-line @typescript-eslint/require-await -- a stream for its readers; the reads themselves are short
async function* readChunks(fd: number, offset: number): AsyncGenerator<Buffer, void, undefined> {
  for (let position = offset; ;) {
    const chunk = Buffer.allocUnsafe(CHUNK_SIZE);
    const count = fs.readSync(fd, chunk, 0, CHUNK_SIZE, position);
    if (count === 0) return;
    position += count;
    yield chunk.subarray(0, count);
  }
}
