/**
 * Makes one regular file of a checkout. Content from the repository is verified on its way: a damaged object never ends up in a
 * tree.
 */
import fs from 'node:fs';
import { reflink } from '../../linux/copy.js';
import { openBeneath } from '../../linux/open.js';
import { utimensFd } from '../../linux/set-attributes.js';
import { setXattrFd } from '../../linux/xattr.js';
import { toDisplay } from '../../util/bytes.js';
import type { Digest } from '../../util/digest.js';
import { failureOf, RootsealError } from '../../util/errors.js';
import type { Steps } from '../../util/steps.js';
import { damagedObject, mismatchedObject, missingObject, tryOpenObject } from '../object-file.js';
import type { RegularFileHandle } from '../../linux/regular-file.js';
import type { LocalSource, TargetFile, WorkSetup } from './jobs.js';
import { copyContent, hashContent, writeFully } from './read-content.js';
import { openUnchanged, requireUnchanged } from './unchanged.js';

/** @throws {RootsealError} OBJECT_CORRUPT or OBJECT_NOT_FOUND when the content cannot be had */
export function* checkoutFile(setup: WorkSetup, rootFd: number, file: TargetFile): Steps<void> {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = fs.constants;
  const fd = openBeneath(rootFd, file.path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    if (file.source !== undefined) yield* copyLocal(file.source, fd);
    else if (file.inline !== undefined) writeFully(fd, file.inline, 0);
    else if (file.digest !== undefined) yield* copyObject(setup, fd, file, file.digest);
    else if (file.size > 0)
      throw new RootsealError(
        'OBJECT_NOT_FOUND',
        `/${toDisplay(file.path)} has no content in the image`,
      );
    // chown clears setuid bits and capabilities, so owner, mode and xattrs come in this order.
    if (file.owner !== undefined) fs.fchownSync(fd, file.owner.uid, file.owner.gid);
    fs.fchmodSync(fd, file.mode);
    for (const [name, value] of file.xattrs) setXattrFd(fd, name, value);
    utimensFd(fd, file.mtimeSec, file.mtimeNsec);
  } catch (error) {
    // Node tells no path of what fails by descriptor.
    throw error instanceof RootsealError ? error : failureOf(toDisplay(file.path), error);
  } finally {
    fs.closeSync(fd);
  }
}

function* copyObject(
  setup: WorkSetup,
  target: number,
  file: TargetFile,
  digest: Digest,
): Steps<void> {
  const { fd: source } = openSource(setup, file, digest);
  try {
    const cloned = reflink(source, target);
    if (!cloned) fs.ftruncateSync(target, file.size);
    const { digest: found } = yield* hashContent(
      source,
      file.size,
      setup.algorithm,
      (chunk, length, position) => {
        if (!cloned) writeFully(target, chunk.subarray(0, length), position);
      },
    );
    if (found !== digest || fs.fstatSync(source).size !== file.size)
      throw mismatchedObject(digest, found, file.path);
  } finally {
    fs.closeSync(source);
  }
}

function* copyLocal({ rootFd, file }: LocalSource, target: number): Steps<void> {
  const source = openUnchanged(rootFd, file);
  try {
    if (!reflink(source, target)) yield* copyContent(source, target, file.size);
    requireUnchanged(source, file);
  } finally {
    fs.closeSync(source);
  }
}

function openSource(setup: WorkSetup, file: TargetFile, digest: Digest): RegularFileHandle {
  const opened = tryOpenObject(setup.objectsDir ?? '', digest, { exactly: file.size });
  if ('fd' in opened) return opened;
  throw opened.fault === 'missing'
    ? missingObject(digest, file.path)
    : damagedObject(digest, opened.what, file.path);
}
