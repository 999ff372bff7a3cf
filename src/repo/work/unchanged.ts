/** Files on the disk that were scanned and are read later: they must still be what they were. */
import fs from 'node:fs';
import { openBeneath } from '../../linux/open.js';
import { statFd } from '../../linux/stat.js';
import { stampOf } from '../stamp.js';
import { expectThere, treeChanged } from '../tree-changed.js';
import type { SourceFile } from './jobs.js';

/**
 * Opens a scanned file for reading.
 * @returns a descriptor that the caller closes
 * @throws {RootsealError} TREE_CHANGED when it is another one by now
 */
export function openUnchanged(rootFd: number, file: SourceFile): number {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  const fd = expectThere(file.path, () =>
    openBeneath(rootFd, file.path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK),
  );
  try {
    requireUnchanged(fd, file);
    return fd;
  } catch (error) {
    fs.closeSync(fd);
    throw error;
  }
}

/** @throws {RootsealError} TREE_CHANGED when something wrote to it since it was scanned */
export function requireUnchanged(fd: number, { path, stamp }: SourceFile): void {
  if (stampOf(statFd(fd)) !== stamp) throw treeChanged(path, 'something wrote to it');
}
