/**
 * Removes a directory with all that is in it, however deep: no path is longer than one system call takes. What `chattr +i` or
 * `+a` has made to stay goes, too.
 */
import fs from 'node:fs';
import { ascii, fromText, type ByteString } from '../util/bytes.js';
import { hasErrno } from '../util/errors.js';
import { atOnce, type Steps } from '../util/steps.js';
import { readDirectory, rmdirAt, unlinkAt } from './directory.js';
import { loosen, loosenAt } from './inode-flags.js';
import { AT_FDCWD } from './libc.js';
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
    loosened(
      () => loosenAt(AT_FDCWD, fromText(path)),
      () => {
        fs.rmSync(path, { force: true });
      },
    );
    return;
  }
  try {
    yield* emptyDirectory(rootFd);
    loosen(rootFd);
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
  const name = path.slice(slash + 1) as ByteString;
  const fd = openBeneath(rootFd, parent, O_RDONLY | O_DIRECTORY);
  try {
    loosened(
      () => loosenAt(fd, name),
      () => {
        rmdirAt(fd, name);
      },
    );
  } finally {
    fs.closeSync(fd);
  }
}

/** False for a directory. */
function isUnlinked(fd: number, name: ByteString): boolean {
  try {
    loosened(
      // Flags of the directory hold for what is in it; the kernel asks for them before it sees that this is one itself.
      () => [loosen(fd), loosenAt(fd, name)].includes(true),
      () => {
        unlinkAt(fd, name);
      },
    );
    return true;
  } catch (error) {
    if (hasErrno(error, 'EISDIR')) return false;
    throw error;
  }
}

/** Does it again, once, when it was not permitted and something could be taken off that forbade it. */
function loosened(takeOff: () => boolean, action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!hasErrno(error, 'EPERM') || !takeOff()) throw error;
    action();
  }
}

function joinNames(directory: ByteString, name: ByteString): ByteString {
  return (directory === '' ? name : `${directory}/${name}`) as ByteString;
}

/** Gives a directory another name. What `chattr +i` or `+a` has made to stay moves, too. */
export function renameLoosened(from: string, to: string): void {
  loosened(
    () => loosenAt(AT_FDCWD, fromText(from)),
    () => {
      fs.renameSync(from, to);
    },
  );
}
