/** Removes a directory with all that is in it, however deep: no path is longer than one system call takes. */
import fs from 'node:fs';
import { ascii, type ByteString } from '../util/bytes.js';
import { hasErrno } from '../util/errors.js';
import { atOnce, type Steps } from '../util/steps.js';
import { readDirectory, rmdirAt, unlinkAt } from './directory.js';
import { openBeneath } from './open.js';

const { O_RDONLY, O_DIRECTORY } = fs.constants;

/**
 * Follows no symbolic link. What is not there needs no removal.
 * @param path of anything
 */
export function removeTree(path: string): void {
  atOnce(removeTreeInSteps(path));
}

/** `removeTree` for whoever cannot wait for a large one: a step is a name. */
export function* removeTreeInSteps(path: string): Steps<void> {
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
    yield* emptyDirectory(rootFd);
  } finally {
    fs.closeSync(rootFd);
  }
  fs.rmdirSync(path);
}

function* emptyDirectory(rootFd: number): Steps<void> {
  const directories = [ascii('')];
  for (const path of directories) {
    const fd = openBeneath(rootFd, path, O_RDONLY | O_DIRECTORY);
    try {
      for (const name of readDirectory(fd)) {
        if (!isUnlinked(fd, name)) directories.push(joinNames(path, name));
        yield;
      }
    } finally {
      fs.closeSync(fd);
    }
  }
  // What is in a directory comes after it in the list.
  for (const path of directories.slice(1).reverse()) {
    removeEmpty(rootFd, path);
    yield;
  }
}

function removeEmpty(rootFd: number, path: ByteString): void {
  const slash = path.lastIndexOf('/');
  const parent = path.slice(0, Math.max(slash, 0)) as ByteString;
  const fd = openBeneath(rootFd, parent, O_RDONLY | O_DIRECTORY);
  try {
    rmdirAt(fd, path.slice(slash + 1) as ByteString);
  } finally {
    fs.closeSync(fd);
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

function joinNames(directory: ByteString, name: ByteString): ByteString {
  return (directory === '' ? name : `${directory}/${name}`) as ByteString;
}
