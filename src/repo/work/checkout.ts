/**
 * Makes one regular file of a checkout. Content from the repository is verified on its way: a damaged object never ends up in a
 * tree.
 */
import fs from 'node:fs';
import { reflink } from '../../linux/copy.js';
import { openBeneath } from '../../linux/open.js';
import { utimensFd } from '../../linux/attributes.js';
import { setXattrFd } from '../../linux/xattr.js';
import { toDisplay } from '../../util/bytes.js';
import type { Digest } from '../../util/digest.js';
import { hasErrno, RootsealError } from '../../util/errors.js';
import type { LocalSource, TargetFile, WorkSetup } from './jobs.js';
import { copyContent, hashContent, writeFully } from './read.js';
import { openUnchanged, requireUnchanged } from './unchanged.js';
import { openObject } from './verify.js';

/** @throws {RootsealError} OBJECT_CORRUPT or OBJECT_NOT_FOUND when the content cannot be had */
export function checkoutFile(setup: WorkSetup, rootFd: number, file: TargetFile): void {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = fs.constants;
  const fd = openBeneath(rootFd, file.path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    if (file.source !== undefined) copyLocal(file.source, fd);
    else if (file.inline !== undefined) writeFully(fd, file.inline, 0);
    else if (file.digest !== undefined) copyObject(setup, fd, file, file.digest);
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
  } finally {
    fs.closeSync(fd);
  }
}

function copyObject(setup: WorkSetup, target: number, file: TargetFile, digest: Digest): void {
  const source = openSource(setup, file, digest);
  try {
    const cloned = reflink(source, target);
    if (!cloned) fs.ftruncateSync(target, file.size);
    const found = hashContent(source, file.size, setup.algorithm, (chunk, length, position) => {
      if (!cloned) writeFully(target, chunk.subarray(0, length), position);
    });
    if (found.digest !== digest || fs.fstatSync(source).size !== file.size) {
      throw new RootsealError(
        'OBJECT_CORRUPT',
        `/${toDisplay(file.path)}: object ${digest} is damaged`,
        {
          details: { object: digest, path: `/${toDisplay(file.path)}` },
          hint: 'run `rootseal fsck`, with --repair to fetch it from another repository',
        },
      );
    }
  } finally {
    fs.closeSync(source);
  }
}

function copyLocal({ rootFd, file }: LocalSource, target: number): void {
  const source = openUnchanged(rootFd, file);
  try {
    if (!reflink(source, target)) copyContent(source, target, file.size);
    requireUnchanged(source, file);
  } finally {
    fs.closeSync(source);
  }
}

function openSource(setup: WorkSetup, file: TargetFile, digest: Digest): number {
  try {
    return openObject(setup, digest);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
    throw new RootsealError(
      'OBJECT_NOT_FOUND',
      `/${toDisplay(file.path)}: object ${digest} is missing`,
      {
        details: { object: digest, path: `/${toDisplay(file.path)}` },
        hint: 'run `rootseal fsck`, with --repair to fetch it from another repository',
      },
    );
  }
}
