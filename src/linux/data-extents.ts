/** Which parts of a file hold data: lseek(2) with SEEK_DATA and SEEK_HOLE (Linux include/uapi/linux/fs.h). */
import { check, describeFd, lastErrno, native, syscallError } from './libc.js';

const SEEK_DATA = 3;
const SEEK_HOLE = 4;

const lseek = native<[number, number, number]>('lseek', 'long', ['int', 'long', 'int']);

/** Bytes from `start` up to `end`, counted from the start of the file. */
export interface DataRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The parts of an open file that are not holes, in order; between them it reads as zeros. A file system that knows
 * no holes gives the whole file. Moves the file's position.
 *
 * @param size of the file; nothing at or after it is given
 */
export function* dataRanges(fd: number, size: number): Generator<DataRange, void, undefined> {
  for (let start = seekData(fd, 0); start !== undefined && start < size;) {
    const hole = check(lseek(fd, start, SEEK_HOLE), 'lseek', () => describeFd(fd));
    // The file may shrink meanwhile; a range is never empty, so this ends.
    const end = Math.min(size, Math.max(hole, start + 1));
    yield { start, end };
    start = end < size ? seekData(fd, end) : undefined;
  }
}

function seekData(fd: number, offset: number): number | undefined {
  const found = lseek(fd, offset, SEEK_DATA);
  if (found !== -1) return found;
  const errno = lastErrno();
  // No data from here to the end.
  if (errno === 'ENXIO') return undefined;
  throw syscallError('lseek', errno, describeFd(fd));
}
