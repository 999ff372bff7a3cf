/** Directories with what lies beside commits, as a damaged repository may have them: with something else in their place, which `fsck` tells. */
import fs from 'node:fs';
import { hasErrno } from '../util/errors.js';
import type { Repository } from './repository.js';

/** Names in a directory of the repository; none where there is nothing, as in repositories of earlier versions; undefined where something else is. */
export function namesIn(repository: Repository, directory: string): string[] | undefined {
  try {
    return fs.readdirSync(repository.file(directory)).sort();
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return [];
    if (hasErrno(error, 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** Bytes of a file of the repository; undefined when there is none. */
export function sizeOfFile(repository: Repository, file: string): number | undefined {
  try {
    const stat = fs.statSync(repository.file(file), { throwIfNoEntry: false });
    return stat?.isFile() === true ? stat.size : undefined;
  } catch (error) {
    if (hasErrno(error, 'ENOTDIR')) return undefined;
    throw error;
  }
}
