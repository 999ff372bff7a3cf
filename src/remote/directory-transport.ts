/** A repository in a directory of this machine. */
import fs from 'node:fs';
import { readSmallFile } from '../repo/durable.js';
import { hasErrno, RootsealError } from '../util/errors.js';
import { pauser } from '../util/pauses.js';
import type { OpenedFile, Transport } from './transport.js';

const CHUNK_SIZE = 1 << 18;
/** What open(2) says where there is no file, and of a socket in its place. */
const ABSENT = ['ENOENT', 'ENOTDIR', 'ENXIO'];

/** @param signal ends the reading of a file; its reason is what is thrown */
export function directoryTransport(directory: string, signal: AbortSignal | undefined): Transport {
  return {
    name: directory,
    backOff: [],
    // eslint-disable-next-line @typescript-eslint/require-await -- small files are read at once
    read: async (path, limit) => readFile(`${directory}/${path}`, limit),
    // eslint-disable-next-line @typescript-eslint/require-await -- opening does not wait for anything
    open: async (path, offset) => openFile(`${directory}/${path}`, offset, signal),
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

function openFile(
  file: string,
  offset: number,
  signal: AbortSignal | undefined,
): OpenedFile | undefined {
  let fd: number | undefined;
  try {
    // O_NONBLOCK: a fifo in place of a file must not hang us.
    fd = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  } catch (error) {
    if (ABSENT.some((errno) => hasErrno(error, errno))) return undefined;
    throw error;
  }
  const close = () => {
    if (fd !== undefined) fs.closeSync(fd);
    fd = undefined;
  };
  const stat = fs.fstatSync(fd);
  if (stat.isFile())
    return { offset, size: stat.size, chunks: readChunks(fd, offset, stat.size, signal), close };
  close();
  throw new RootsealError('DIGEST_MISMATCH', `${file} is not a regular file`);
}

async function* readChunks(
  fd: number,
  offset: number,
  size: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer, void, undefined> {
  const pause = pauser(signal);
  for (let position = offset; position < size;) {
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK_SIZE, size - position));
    const count = fs.readSync(fd, chunk, 0, chunk.length, position);
    if (count === 0) return;
    position += count;
    yield chunk.subarray(0, count);
    // Whoever takes the chunks may never wait for anything.
    await pause.takeIfDue();
  }
}
