/**
 * Writing to the ESP so that a power cut leaves the old or the new. FAT has no journal, and keeps the size and the first
 * cluster of a file beside its name. A rename makes a new name that has none of both until the inode is written
 * (`vfat_rename` in Linux fs/fat/namei_vfat.c), which flushing the directory does not do: what was renamed is flushed, too.
 */
import fs from 'node:fs';
import path from 'node:path';
import { makeDirectoryDurable, syncDirectory } from '../../repo/durable.js';
import { failureOf, hasErrno } from '../../util/errors.js';
import { stopPoint } from '../../util/stop-point.js';

/** Of files and directories that are being made. Boot loaders read `*.conf` and `*.efi` only. */
export const UNFINISHED = '.new';

/** Writes a file under a name that no boot loader reads, flushes it, and gives it its name. */
export function replaceFile(file: string, content: string | Uint8Array): void {
  makeDirectoryDurable(path.dirname(file));
  const temporary = `${file}${UNFINISHED}`;
  fs.rmSync(temporary, { force: true, recursive: true });
  try {
    writeFlushed(temporary, content);
  } catch (error) {
    throw failureOf(file, error);
  }
  stopPoint('boot-file-flushed');
  // Nothing starts from a directory that has the name of a file of ours.
  if (fs.lstatSync(file, { throwIfNoEntry: false })?.isDirectory() === true)
    fs.rmSync(file, { recursive: true });
  renameFlushed(temporary, file);
}

function writeFlushed(file: string, content: string | Uint8Array): void {
  const fd = fs.openSync(file, 'wx', 0o644);
  try {
    fs.writeFileSync(fd, content);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/**
 * Gives a file another name. The new one is there before the old one goes: a rename may write the two halves of its work in
 * any order. Where there is no room for both, that has to do.
 */
export function moveFile(from: string, to: string): void {
  try {
    replaceFile(to, fs.readFileSync(from));
  } catch (error) {
    if (!hasErrno(error, 'ENOSPC')) throw error;
    fs.rmSync(`${to}${UNFINISHED}`, { force: true });
    renameFlushed(from, to);
    return;
  }
  stopPoint('boot-file-doubled');
  fs.rmSync(from);
  syncDirectory(path.dirname(from));
}

/** Renames a file or directory whose content is flushed. */
export function renameFlushed(from: string, to: string): void {
  const fd = fs.openSync(from, 'r');
  try {
    fs.renameSync(from, to);
    stopPoint('boot-file-named');
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
  syncDirectory(path.dirname(to));
}
