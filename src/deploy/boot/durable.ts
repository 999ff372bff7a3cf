/**
 * Writing to the ESP so that a power cut leaves the old or the new. FAT has no journal, and keeps the size and the first
 * cluster of a file beside its name. A rename makes a new name that has none of both until the inode is written
 * (`vfat_rename` in Linux fs/fat/namei_vfat.c), which flushing the directory does not do: what was renamed is flushed, too.
 */
import fs from 'node:fs';
import path from 'node:path';
import { syncDirectory } from '../../repo/durable.js';

/** Of files and directories that are being made. Boot loaders read `*.conf` and `*.efi` only. */
export const UNFINISHED = '.new';

/** Writes a file under a name that no boot loader reads, flushes it, and gives it its name. */
export function replaceFile(file: string, content: string | Uint8Array): void {
  const temporary = `${file}${UNFINISHED}`;
  fs.rmSync(temporary, { force: true });
  const fd = fs.openSync(temporary, 'wx', 0o644);
  try {
    fs.writeFileSync(fd, content);
    fs.fsyncSync(fd);
    fs.renameSync(temporary, file);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
  syncDirectory(path.dirname(file));
}

/** Gives a directory whose content is flushed its name. */
export function renameDirectory(from: string, to: string): void {
  fs.renameSync(from, to);
  syncDirectory(to);
  syncDirectory(path.dirname(to));
}
