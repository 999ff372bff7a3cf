/** Directories by descriptor and byte name, for trees whose paths are too long or no text. */
import fs from 'node:fs';
import { openAt } from '../../src/linux/open.js';
import type { ByteString } from '../../src/util/bytes.js';

/** Opens the directory `name` itself, never what a symbolic link of that name points to. */
export function openDirectoryAt(dirFd: number, name: ByteString): number {
  const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = fs.constants;
  return openAt(dirFd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
}
