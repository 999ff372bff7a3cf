/** Small files of state, in whose place may lie a directory: nobody made it on purpose, and it must not keep a host from changes. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { makeDirectories } from '../../linux/make-directories.js';
import { renameLoosened } from '../../linux/remove.js';
import { readSmallFile, writeFileDurable } from '../../repo/durable.js';
import { hasErrno, RootsealError } from '../../util/errors.js';
import type { Sysroot } from '../host/sysroot.js';

/** What was in the way of something, or what no record can be made of. */
export const LOST_DIR = 'state/lost';

/**
 * The whole of a file, or undefined when it is not there. No symbolic link is followed: nobody made one there on purpose.
 * @param limit longest file that is read, in bytes
 * @throws {RootsealError} FORMAT_INVALID when something else than a regular file is in its place
 */
export function readStateFile(file: string, limit: number): Buffer | undefined {
  const obstacle = obstacleAt(file);
  if (obstacle === undefined) return readSmallFile(file, limit);
  throw new RootsealError('FORMAT_INVALID', `${file} is ${obstacle}, and should be a file`);
}

function obstacleAt(file: string): string | undefined {
  try {
    const stat = fs.lstatSync(file, { throwIfNoEntry: false });
    if (stat === undefined || stat.isFile()) return undefined;
    if (stat.isDirectory()) return 'a directory';
    return stat.isSymbolicLink() ? 'a symbolic link' : 'a fifo, a socket or a device';
  } catch (error) {
    if (hasErrno(error, 'ENOTDIR')) return undefined;
    if (hasErrno(error, 'ELOOP')) return 'behind symbolic links that lead nowhere';
    throw error;
  }
}

/** Replaces a file as a whole. A directory in its place is moved to `state/lost`. @param relative path below the sysroot */
export function writeStateFile(sysroot: Sysroot, relative: string, content: string): void {
  const file = sysroot.file(relative);
  if (isDirectory(file)) moveToLost(sysroot, relative);
  writeFileDurable(sysroot.file('state'), file, content);
}

/** Moves something to where nothing removes it. */
export function moveToLost(sysroot: Sysroot, relative: string): void {
  makeDirectories(sysroot.file(LOST_DIR), 0o700);
  const name = `${path.basename(relative)}-${randomBytes(4).toString('hex')}`;
  renameLoosened(sysroot.file(relative), sysroot.file(`${LOST_DIR}/${name}`));
}

function isDirectory(file: string): boolean {
  return fs.lstatSync(file, { throwIfNoEntry: false })?.isDirectory() === true;
}
