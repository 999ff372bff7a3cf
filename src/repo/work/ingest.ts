/**
 * Takes the content of one file into the write session: hashed, compared with what is there, stored when it is new.
 *
 * The content is never trusted to stand still: what is stored is what was hashed, and a file whose size or times
 * differ from those of the scan fails the commit.
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { digestOf } from '../../formats/fsverity/descriptor.js';
import { reflink } from '../../linux/copy.js';
import { openBeneath } from '../../linux/open.js';
import { statFd } from '../../linux/stat.js';
import { startWriteback } from '../../linux/sync.js';
import { toDisplay } from '../../util/bytes.js';
import { objectPath, type Digest } from '../../util/digest.js';
import { hasErrno, RootsealError } from '../../util/errors.js';
import { INLINE_CONTENT_MAX } from '../inline.js';
import { stampOf } from '../stamp.js';
import type { IngestedFile, SourceFile, WorkSetup } from './jobs.js';
import { hashContent, writeFully } from './read.js';

/** Files up to this size are read whole, hashed and written from memory. */
const WHOLE_FILE_MAX = 4 << 20;
const wholeFile = Buffer.allocUnsafeSlow(WHOLE_FILE_MAX + 1);

/** Above this size a clone is tried before a copy. */
const REFLINK_MIN = 64 << 10;
let canReflink = true;

/** @throws {RootsealError} TREE_CHANGED when the file is not what the scan saw */
export function ingestFile(setup: WorkSetup, rootFd: number, file: SourceFile): IngestedFile {
  const fd = openSource(rootFd, file);
  try {
    if (file.size <= WHOLE_FILE_MAX) return ingestSmall(setup, fd, file);
    return ingestLarge(setup, fd, file);
  } finally {
    fs.closeSync(fd);
  }
}

function openSource(rootFd: number, file: SourceFile): number {
  try {
    return openBeneath(
      rootFd,
      file.path,
      fs.constants.O_RDONLY | fs.constants.O_NONBLOCK | fs.constants.O_NOFOLLOW,
    );
  } catch (error) {
    if (hasErrno(error, 'ENOENT') || hasErrno(error, 'ENOTDIR')) throw changed(file, 'it vanished');
    if (hasErrno(error, 'ELOOP') || hasErrno(error, 'EXDEV'))
      throw changed(file, 'it became a symlink');
    throw error;
  }
}

function ingestSmall(setup: WorkSetup, fd: number, file: SourceFile): IngestedFile {
  let fill = 0;
  for (let count = 1; count > 0 && fill <= file.size; fill += count) {
    count = fs.readSync(fd, wholeFile, fill, file.size + 1 - fill, null);
  }
  if (fill !== file.size) throw changed(file, `its size is not ${file.size} any more`);
  checkStamp(fd, file);
  const content = wholeFile.subarray(0, fill);
  if (fill <= INLINE_CONTENT_MAX)
    return { digest: undefined, inline: Uint8Array.from(content), isNew: false };
  const digest = digestOf(content, setup.algorithm);
  if (setup.sessionDir === undefined || hasObject(setup, digest, fill))
    return stored(digest, false);
  const target = createExclusive(`${setup.sessionDir}/${digest}`);
  if (target === undefined) return stored(digest, false);
  try {
    writeFully(target, content, 0);
    startWriteback(target);
  } finally {
    fs.closeSync(target);
  }
  return stored(digest, true);
}

function ingestLarge(setup: WorkSetup, fd: number, file: SourceFile): IngestedFile {
  if (setup.sessionDir !== undefined && canReflink && file.size >= REFLINK_MIN) {
    const cloned = ingestClone(setup, setup.sessionDir, fd, file);
    if (cloned !== undefined) return cloned;
    canReflink = false;
  }
  const { digest, size } = hashContent(fd, file.size, setup.algorithm);
  if (size !== file.size) throw changed(file, `its size is not ${file.size} any more`);
  checkStamp(fd, file);
  if (setup.sessionDir === undefined || hasObject(setup, digest, size))
    return stored(digest, false);
  const target = createExclusive(`${setup.sessionDir}/${digest}`);
  if (target === undefined) return stored(digest, false);
  try {
    const copied = copyHashed(setup, fd, target, file);
    // The copy is what will be read for ever: it must be what was hashed.
    if (copied !== digest) throw changed(file, 'its content changed while it was copied');
  } finally {
    fs.closeSync(target);
  }
  return stored(digest, true);
}

function copyHashed(setup: WorkSetup, source: number, target: number, file: SourceFile): Digest {
  fs.ftruncateSync(target, file.size);
  const { digest } = hashContent(source, file.size, setup.algorithm, (chunk, position) => {
    writeFully(target, chunk, position);
  });
  startWriteback(target);
  return digest;
}

/** Clones first and hashes the clone, which nobody else can change. Undefined where the file system cannot clone. */
function ingestClone(
  setup: WorkSetup,
  sessionDir: string,
  fd: number,
  file: SourceFile,
): IngestedFile | undefined {
  const temporary = `${sessionDir}/clone-${randomBytes(8).toString('hex')}`;
  const clone = fs.openSync(temporary, 'wx+', 0o644);
  try {
    if (!reflink(fd, clone)) return undefined;
    checkStamp(fd, file);
    const { digest } = hashContent(clone, file.size, setup.algorithm);
    if (fs.fstatSync(clone).size !== file.size)
      throw changed(file, `its size is not ${file.size} any more`);
    if (hasObject(setup, digest, file.size)) return stored(digest, false);
    fs.fchmodSync(clone, 0o644);
    return stored(digest, linkExclusive(temporary, `${sessionDir}/${digest}`));
  } finally {
    fs.closeSync(clone);
    fs.rmSync(temporary, { force: true });
  }
}

function linkExclusive(from: string, to: string): boolean {
  try {
    fs.linkSync(from, to);
    return true;
  } catch (error) {
    if (hasErrno(error, 'EEXIST')) return false;
    throw error;
  }
}

/** A new file of mode 0644, or undefined when another thread is storing the same content already. */
function createExclusive(path: string): number | undefined {
  try {
    const fd = fs.openSync(path, 'wx', 0o644);
    fs.fchmodSync(fd, 0o644);
    return fd;
  } catch (error) {
    if (hasErrno(error, 'EEXIST')) return undefined;
    throw error;
  }
}

/** An object of another size cannot be the same content: it is damaged and is written anew. */
function hasObject(setup: WorkSetup, digest: Digest, size: number): boolean {
  if (setup.objectsDir === undefined) return false;
  return (
    fs.statSync(`${setup.objectsDir}/${objectPath(digest)}`, { throwIfNoEntry: false })?.size ===
    size
  );
}

function stored(digest: Digest, isNew: boolean): IngestedFile {
  return { digest, inline: undefined, isNew };
}

function checkStamp(fd: number, file: SourceFile): void {
  if (stampOf(statFd(fd)) !== file.stamp) throw changed(file, 'it was written to');
}

function changed(file: SourceFile, what: string): RootsealError {
  const path = `/${toDisplay(file.path)}`;
  return new RootsealError('TREE_CHANGED', `${path}: the tree changed while it was read: ${what}`, {
    details: { path },
    hint: 'commit a tree that nothing writes to, or a snapshot of it',
  });
}
