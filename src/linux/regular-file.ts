/**
 * Opens what is to be a regular file, whatever lies there: no fifo and no device makes it wait, and a symbolic link in its place
 * is not followed.
 */
import fs from 'node:fs';
import { hasErrno } from '../util/errors.js';

/** A regular file that is open. */
export interface RegularFileHandle {
  /** The caller closes it. */
  readonly fd: number;
  /** Bytes. */
  readonly size: number;
}

/** What open(2) says of a link, of a socket or a device that nobody serves, and of a directory that is to be written. */
const OTHER_KIND = ['ELOOP', 'ENXIO', 'ENODEV', 'EISDIR'];

/**
 * @param access O_RDONLY or O_RDWR, and whatever else there is to be
 * @returns undefined when something else lies there
 * @throws {Error} Node's, as `openSync`, when nothing lies there or it cannot be opened
 */
export function openRegularFile(
  path: string,
  access: number = fs.constants.O_RDONLY,
  mode?: number,
): RegularFileHandle | undefined {
  const { O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  let fd: number;
  try {
    fd = fs.openSync(path, access | O_NOFOLLOW | O_NONBLOCK, mode);
  } catch (error) {
    if (OTHER_KIND.some((errno) => hasErrno(error, errno))) return undefined;
    throw error;
  }
  const stat = fs.fstatSync(fd);
  if (stat.isFile()) return { fd, size: stat.size };
  fs.closeSync(fd);
  return undefined;
}

/** The size in bytes of the regular file at `path`; undefined when nothing or something else lies there. */
export function sizeOfRegularFile(path: string): number | undefined {
  try {
    const stat = fs.lstatSync(path, { throwIfNoEntry: false });
    return stat?.isFile() === true ? stat.size : undefined;
  } catch (error) {
    // Something else than a directory is on the way.
    if (hasErrno(error, 'ENOTDIR')) return undefined;
    throw error;
  }
}
