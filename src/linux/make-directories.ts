/** Makes a directory with those above it. Node's own `recursive` tries for ever where a file system makes none, as in /proc. */
import fs from 'node:fs';
import path from 'node:path';
import { hasErrno, RootsealError } from '../util/errors.js';

/**
 * Those that are there stay as they are.
 * @param mode permission bits of the new ones; the umask is taken off
 * @throws {RootsealError} USAGE when something else has that name; FAILED when there can be none of it
 * @throws {Error} Node's, for whatever else is in the way
 */
export function makeDirectories(directory: string, mode = 0o777): void {
  const missing: string[] = [];
  let existing = path.resolve(directory);
  for (; !fs.existsSync(existing); existing = path.dirname(existing)) missing.push(existing);
  for (const one of missing.reverse()) makeDirectory(one, mode);
  if (!isDirectory(directory)) throw new RootsealError('USAGE', `${directory} is not a directory`);
}

function makeDirectory(directory: string, mode: number): void {
  try {
    fs.mkdirSync(directory, mode);
  } catch (error) {
    // Somebody else has just made it.
    if (hasErrno(error, 'EEXIST') && isDirectory(directory)) return;
    // The one above is there, so it is the file system that has no such name.
    if (!hasErrno(error, 'ENOENT')) throw error;
    throw new RootsealError('FAILED', `${directory}: cannot make a directory there`);
  }
}

function isDirectory(directory: string): boolean {
  return fs.statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true;
}
