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
 * The whole of a file, or undefined when it is not there.
 * @param limit longest file that is read, in bytes
 * @throws {RootsealError} FORMAT_INVALID when it is a directory
 */
export function readStateFile(file: string, limit: number): Buffer | undefined {
  try {
    return readSmallFile(file, limit);
  } catch (error) {
    if (!hasErrno(error, 'EISDIR')) throw error;
    throw new RootsealError('FORMAT_INVALID', `${file} is a directory, and should be a file`);
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
