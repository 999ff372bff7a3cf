/** Removes a directory with all that is in it, however deep: no path is longer than one system call takes. */
import fs from 'node:fs';
import { ascii, type ByteString } from '../util/bytes.js';
import { hasErrno } from '../util/errors.js';
import { readDirectory, rmdirAt, unlinkAt } from './directory.js';
import { openBeneath } from './open.js';

const { O_RDONLY, O_DIRECTORY } = fs.constants;

/**
 * Follows no symbolic link. What is not there needs no removal.
 * @param path of anything
 */
export function removeTree(path: string): void {
  let rootFd: number;
  try {
    rootFd = fs.openSync(path, O_RDONLY | O_DIRECTORY | fs.constants.O_NOFOLLOW);
  } catch (error) {
    if (!hasErrno(error, 'ENOTDIR') && !hasErrno(error, 'ELOOP') && !hasErrno(error, 'ENOENT'))
      throw error;
    fs.rmSync(path, { force: true });
    return;
  }
  try {
    emptyDirectory(rootFd);
  } finally {
    fs.closeSync(rootFd);
  }
  fs.rmdirSync(path);
}

function emptyDirectory(rootFd: number): void {
  const directories = [ascii('')];
  for (const path of directories)
    inDirectory(rootFd, path, (fd) => {
      for (const name of readDirectory(fd))
        if (!isUnlinked(fd, name)) directories.push(joinNames(path, name));
    });
  // What is in a directory comes after it in the list.
  for (const path of directories.slice(1).reverse()) {
    const slash = path.lastIndexOf('/');
    inDirectory(rootFd, path.slice(0, Math.max(slash, 0)) as ByteString, (fd) => {
      rmdirAt(fd, path.slice(slash + 1) as ByteString);
    });
  }
}

/** False for a directory. */
function isUnlinked(fd: number, name: ByteString): boolean {
  try {
    unlinkAt(fd, name);
    return true;
  } catch (error) {
    if (hasErrno(error, 'EISDIR')) return false;
    throw error;
  }
}

function inDirectory(rootFd: number, path: ByteString, action: (fd: number) => void): void {
  const fd = openBeneath(rootFd, path, O_RDONLY | O_DIRECTORY);
  try {
    action(fd);
  } finally {
    fs.closeSync(fd);
  }
}

function joinNames(directory: ByteString, name: ByteString): ByteString {
  return (directory === '' ? name : `${directory}/${name}`) as ByteString;
}
