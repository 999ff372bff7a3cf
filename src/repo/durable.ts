/**
 * Small files that must be whole or absent after any crash: written under a temporary name, flushed, renamed, and the
 * directory flushed too, so that whoever reads the new name after a power cut reads the new bytes.
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { failureOf, hasErrno, RootsealError } from '../util/errors.js';
import { stopPoint } from '../util/stop-point.js';

/**
 * Writes `file` atomically and durably, mode 0644.
 * @param tmpDir a directory on the same file system
 */
export function writeFileDurable(tmpDir: string, file: string, content: Uint8Array | string): void {
  const temporary = path.join(tmpDir, `file-${randomBytes(8).toString('hex')}`);
  try {
    const fd = fs.openSync(temporary, 'wx', 0o644);
    try {
      fs.writeFileSync(fd, content);
      fs.fchmodSync(fd, 0o644);
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
    makeDirectoryDurable(path.dirname(file));
    stopPoint('file-flushed');
    fs.renameSync(temporary, file);
    stopPoint('file-named');
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw failureOf(file, error);
  }
  syncDirectory(path.dirname(file));
}

/**
 * Writes what somebody named as an output, in place of a file that is there.
 * @throws {RootsealError} USAGE for what is not a regular file: as root, /dev/null would be one from then on
 */
export function writeOutputFile(file: string, content: Uint8Array | string): void {
  const stat = fs.lstatSync(file, { throwIfNoEntry: false });
  if (stat !== undefined && !stat.isFile())
    throw new RootsealError('USAGE', `${file} is not a regular file, and is not replaced`);
  writeFileDurable(path.dirname(file), file, content);
}

/** Removes `file` durably; it may be absent. */
export function removeFileDurable(file: string): void {
  fs.rmSync(file, { force: true });
  syncDirectory(path.dirname(file));
}

/** Makes a symlink atomically; an existing link that is the same stays. */
export function linkDurable(tmpDir: string, link: string, target: string): void {
  if (readLinkOrUndefined(link) === target) return;
  const temporary = path.join(tmpDir, `link-${randomBytes(8).toString('hex')}`);
  try {
    fs.symlinkSync(target, temporary);
    stopPoint('link-made');
    fs.renameSync(temporary, link);
  } catch (error) {
    throw failureOf(link, error);
  }
  syncDirectory(path.dirname(link));
}

/** Flushes the names in a directory. */
export function syncDirectory(directory: string): void {
  const fd = fs.openSync(directory, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** Makes a directory and those above it, as far as they are missing, durably. */
export function makeDirectoryDurable(directory: string): void {
  const missing: string[] = [];
  for (let place = directory; !fs.existsSync(place); place = path.dirname(place))
    missing.push(place);
  for (const place of missing.reverse()) {
    try {
      fs.mkdirSync(place, 0o755);
    } catch (error) {
      if (!hasErrno(error, 'EEXIST')) throw error;
    }
    syncDirectory(path.dirname(place));
  }
}

function readLinkOrUndefined(link: string): string | undefined {
  try {
    return fs.readlinkSync(link);
  } catch (error) {
    // EINVAL: something else than a link; it is replaced.
    if (hasErrno(error, 'ENOENT') || hasErrno(error, 'EINVAL')) return undefined;
    throw error;
  }
}

/**
 * The whole of a small file, or undefined when it does not exist. Reads at most `limit` bytes plus one.
 * @throws {RootsealError} FORMAT_INVALID when a fifo, a socket or a link that leads nowhere is in its place
 */
export function readSmallFile(file: string, limit: number): Buffer | undefined {
  let fd: number;
  try {
    // O_NONBLOCK: a fifo in place of a file must not hang us.
    fd = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  } catch (error) {
    if (hasErrno(error, 'ENOENT') || hasErrno(error, 'ENOTDIR')) return undefined;
    if (hasErrno(error, 'ENXIO') || hasErrno(error, 'ELOOP')) throw notAFile(file);
    throw error;
  }
  try {
    if (fs.fstatSync(fd).isFIFO()) throw notAFile(file);
    const buffer = Buffer.alloc(Math.min(fs.fstatSync(fd).size, limit) + 1);
    let fill = 0;
    for (let count = 1; count > 0 && fill < buffer.length; fill += count) {
      count = fs.readSync(fd, buffer, fill, buffer.length - fill, null);
    }
    return buffer.subarray(0, fill);
  } catch (error) {
    // Of what fails while it is read, Node does not tell the path.
    throw failureOf(file, error);
  } finally {
    fs.closeSync(fd);
  }
}

function notAFile(file: string): RootsealError {
  return new RootsealError('FORMAT_INVALID', `${file} is not a regular file`);
}
