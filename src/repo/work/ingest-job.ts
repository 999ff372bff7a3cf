/**
 * Takes the content of one file into the write session: hashed, compared with what is there, stored when it is new.
 *
 * The content is never trusted to stand still: what is stored is what was hashed, and a file whose size or times
 * differ from those of the scan fails the commit.
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { digestOf } from '../../formats/fsverity/descriptor.js';
import { reflink } from '../../linux/copy.js';
import { alignedMemory, DirectFile, DIRECT_ALIGNMENT } from '../../linux/direct.js';
import { openBeneath } from '../../linux/open.js';
import { sizeOfRegularFile } from '../../linux/regular-file.js';
import { statFd } from '../../linux/stat.js';
import { fromBytes } from '../../util/bytes.js';
import { objectPath, type Digest } from '../../util/digest.js';
import { hasErrno, type RootsealError } from '../../util/errors.js';
import type { Steps } from '../../util/steps.js';
import { INLINE_CONTENT_MAX } from '../inline.js';
import { Staging } from '../staging.js';
import { stampOf } from '../stamp.js';
import { treeChanged } from '../tree-changed.js';
import type { IngestedFile, SourceFile, WorkSetup } from './jobs.js';
import { hashContent, writeFully } from './read-content.js';

/** Files up to this size are read whole, hashed and written from memory. */
const WHOLE_FILE_MAX = 4 << 20;
const wholeFile = alignedMemory(WHOLE_FILE_MAX + DIRECT_ALIGNMENT);

/** From this size on a clone is tried before a copy. */
const REFLINK_MIN = 64 << 10;
let canReflink = true;

/** From this size on a direct write is quicker than a flushed one; below it the flush of all files together is. */
const DIRECT_MIN = 64 << 10;

/** @throws {RootsealError} TREE_CHANGED when the file is not what the scan saw */
export function* ingestFile(
  setup: WorkSetup,
  rootFd: number,
  file: SourceFile,
): Steps<IngestedFile> {
  const fd = openSource(rootFd, file);
  try {
    const cloned = yield* ingestClone(setup, fd, file);
    if (cloned !== undefined) return cloned;
    return file.size <= WHOLE_FILE_MAX
      ? ingestSmall(setup, fd, file)
      : yield* ingestLarge(setup, fd, file);
  } catch (error) {
    if (hasErrno(error, 'EISDIR') || hasErrno(error, 'EAGAIN'))
      throw changed(file, 'it is no longer a regular file');
    throw error;
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
    if (hasErrno(error, 'ENXIO')) throw changed(file, 'it is no longer a regular file');
    throw error;
  }
}

function ingestSmall(setup: WorkSetup, fd: number, file: SourceFile): IngestedFile {
  let fill = 0;
  // One byte more than there should be: reading less than that is the end of the file.
  for (let count = 1; count > 0 && fill !== file.size; fill += count) {
    count = fs.readSync(fd, wholeFile(), fill, file.size + 1 - fill, null);
  }
  if (fill !== file.size) throw changed(file, `its size is no longer ${file.size}`);
  checkStamp(fd, file);
  const content = wholeFile().subarray(0, fill);
  if (fill <= INLINE_CONTENT_MAX)
    return { digest: undefined, inline: fromBytes(content), isNew: false };
  const digest = digestOf(content, setup.algorithm);
  const staging = stagingOf(setup);
  if (staging === undefined || hasObject(setup, digest, fill)) return stored(digest, false);
  return stored(digest, storeSmall(staging.place(digest), fill));
}

/** Writes the start of `wholeFile`. False when another thread is storing the same content already. */
function storeSmall(path: string, size: number): boolean {
  if (size >= DIRECT_MIN) return storeSmallDirect(path, size);
  const target = createExclusive(path);
  if (target === undefined) return false;
  try {
    writeFully(target, wholeFile().subarray(0, size), 0);
  } finally {
    fs.closeSync(target);
  }
  return true;
}

function storeSmallDirect(path: string, size: number): boolean {
  const target = createDirect(path);
  if (target === undefined) return false;
  try {
    target.write(wholeFile(), size, 0);
    finishDirect(target, size);
  } finally {
    target.close();
  }
  return true;
}

/** A new file for direct writes, or undefined when another thread is storing the same content already. */
function createDirect(path: string): DirectFile | undefined {
  try {
    return DirectFile.create(path, 0o644);
  } catch (error) {
    if (hasErrno(error, 'EEXIST')) return undefined;
    throw error;
  }
}

function finishDirect(target: DirectFile, size: number): void {
  target.finish(size);
  allowReading(target.fd);
}

function* ingestLarge(setup: WorkSetup, fd: number, file: SourceFile): Steps<IngestedFile> {
  // Before anything that works on regular files only.
  checkStamp(fd, file);
  const { digest, size } = yield* hashContent(fd, file.size, setup.algorithm);
  if (size !== file.size) throw changed(file, `its size is no longer ${file.size}`);
  checkStamp(fd, file);
  const staging = stagingOf(setup);
  if (staging === undefined || hasObject(setup, digest, size)) return stored(digest, false);
  return stored(digest, yield* storeLarge(staging.place(digest), { setup, fd, file, digest }));
}

interface LargeFile {
  readonly setup: WorkSetup;
  readonly fd: number;
  readonly file: SourceFile;
  readonly digest: Digest;
}

/** False when another thread is storing the same content already. */
function* storeLarge(path: string, { setup, fd, file, digest }: LargeFile): Steps<boolean> {
  const target = createDirect(path);
  if (target === undefined) return false;
  try {
    const copied = yield* hashContent(fd, file.size, setup.algorithm, (chunk, length, position) => {
      target.write(chunk, length, position);
    });
    // The copy is what will be read for ever: it must be what was hashed.
    if (copied.digest !== digest) throw changed(file, 'its content changed while it was copied');
    finishDirect(target, file.size);
  } finally {
    target.close();
  }
  return true;
}

/** Clones first and hashes the clone, which nobody else can change. Undefined where the file system cannot clone. */
function* ingestClone(
  setup: WorkSetup,
  fd: number,
  file: SourceFile,
): Steps<IngestedFile | undefined> {
  const staging = stagingOf(setup);
  if (staging === undefined || !canReflink || file.size < REFLINK_MIN) return undefined;
  const temporary = path.join(
    path.dirname(staging.directory),
    `clone-${randomBytes(8).toString('hex')}`,
  );
  const clone = fs.openSync(temporary, 'wx+', 0o644);
  try {
    canReflink = reflink(fd, clone);
    if (!canReflink) return undefined;
    checkStamp(fd, file);
    const { digest } = yield* hashContent(clone, file.size, setup.algorithm);
    if (fs.fstatSync(clone).size !== file.size)
      throw changed(file, `its size is no longer ${file.size}`);
    if (hasObject(setup, digest, file.size)) return stored(digest, false);
    allowReading(clone);
    return stored(digest, linkExclusive(temporary, staging.place(digest)));
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
    allowReading(fd);
    return fd;
  } catch (error) {
    if (hasErrno(error, 'EEXIST')) return undefined;
    throw error;
  }
}

/** Objects have mode 0644 whatever the umask; most umasks leave that alone, and then a call a file is spared. */
const umaskMatters = (readUmask() & 0o644) !== 0;

/** From proc(5): `process.umask()` sets it for a moment, for all threads, in order to read it. */
function readUmask(): number {
  const status = fs.readFileSync('/proc/self/status', 'latin1');
  return parseInt(/^Umask:\s*([0-7]+)$/m.exec(status)?.[1] ?? '777', 8);
}

function allowReading(fd: number): void {
  if (umaskMatters) fs.fchmodSync(fd, 0o644);
}

let threadStaging: Staging | undefined;

/** This thread's view of the session's objects; undefined when contents are only hashed. */
function stagingOf(setup: WorkSetup): Staging | undefined {
  if (setup.stagingDir === undefined) return undefined;
  // The calling thread may serve one session after another.
  if (threadStaging?.directory !== setup.stagingDir) threadStaging = new Staging(setup.stagingDir);
  return threadStaging;
}

/** An object of another size cannot be the same content: it is damaged and is written again. */
function hasObject(setup: WorkSetup, digest: Digest, size: number): boolean {
  if (setup.objectsDir === undefined) return false;
  return sizeOfRegularFile(`${setup.objectsDir}/${objectPath(digest)}`) === size;
}

function stored(digest: Digest, isNew: boolean): IngestedFile {
  return { digest, inline: undefined, isNew };
}

function checkStamp(fd: number, file: SourceFile): void {
  if (stampOf(statFd(fd)) !== file.stamp) throw changed(file, 'it was written to');
}

function changed(file: SourceFile, what: string): RootsealError {
  return treeChanged(file.path, what);
}
