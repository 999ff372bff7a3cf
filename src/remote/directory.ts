/** A repository in a directory of this machine. */
import fs from 'node:fs';
import { readSmallFile } from '../repo/durable.js';
import { hasErrno, RootsealError } from '../util/errors.js';
import type { OpenedFile, Transport } from './transport.js';

const CHUNK_SIZE = 1 << 18;

export function directoryTransport(directory: string): Transport {
  return {
    name: directory,
    read: (path, limit) => {
      const bytes = readSmallFile(`${directory}/${path}`, limit);
      if (bytes === undefined || bytes.length <= limit) return Promise.resolve(bytes);
      return Promise.reject(
        new RootsealError('FORMAT_INVALID', `${directory}/${path} has more than ${limit} bytes`),
      );
    },
    open: (path, offset) => Promise.resolve(openFile(`${directory}/${path}`, offset)),
  };
}

function openFile(file: string, offset: number): OpenedFile | undefined {
  let fd: number;
  try {
    // O_NONBLOCK: a fifo in place of a file must not hang us.
    fd = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  } catch (error) {
    if (hasErrno(error, 'ENOENT') || hasErrno(error, 'ENOTDIR')) return undefined;
    throw error;
  }
  return { offset, chunks: readChunks(fd, offset) };
}

// eslint-disable-next-line @typescript-eslint/require-await -- a stream for its readers; the reads themselves are short
async function* readChunks(fd: number, offset: number): AsyncGenerator<Buffer, void, undefined> {
  try {
    for (let position = offset; ;) {
      const chunk = Buffer.allocUnsafe(CHUNK_SIZE);
      const count = fs.readSync(fd, chunk, 0, CHUNK_SIZE, position);
      if (count === 0) return;
      position += count;
      yield chunk.subarray(0, count);
    }
  } finally {
    fs.closeSync(fd);
  }
}
