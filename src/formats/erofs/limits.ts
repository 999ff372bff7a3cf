/** What a composefs image can hold; libcomposefs 1.0.8 refuses the same, or worse: writes what cannot be read. */
import { U32_MAX } from '../../util/checks.js';
import { isDigest } from '../../util/digest.js';
import type { ByteString } from '../../util/bytes.js';
import type { Inode, RegularFile, Xattrs } from '../tree/model.js';
import { symlinkProblem, XATTR_NAME_MAX, XATTR_VALUE_MAX } from '../tree/names.js';
import { EROFS_XATTR_IBODY_HEADER, LCFS_INLINE_CONTENT_MAX } from './structures.js';

/** A field of an inode and what is wrong with it. */
export interface Problem {
  readonly field: string;
  readonly message: string;
}

/** Most attribute bytes of one inode: a header, and the bytes of each attribute besides `XATTR_OVERHEAD`. */
export const LCFS_INODE_EXTERNAL_XATTR_MAX = 32767;
/** What each attribute counts besides its name and value: its entry and the worst padding. */
export const XATTR_OVERHEAD = 7;
/** Longest payload of a file, in bytes: the path of its object below the object directory. */
export const PAYLOAD_MAX = 4095;
const NSEC_MAX = 999_999_999;

/** Says what of `inode` an image cannot hold, or nothing when all of it fits. */
export function inodeProblem(inode: Inode): Problem | undefined {
  return (
    range('mode', inode.mode, 0o7777) ??
    range('uid', inode.uid, U32_MAX) ??
    range('gid', inode.gid, U32_MAX) ??
    range('nlink', inode.nlink, U32_MAX) ??
    timeProblem(inode.mtimeSec, inode.mtimeNsec) ??
    (inode.xattrs.size === 0 ? undefined : xattrsProblem(inode.xattrs)) ??
    kindProblem(inode)
  );
}

function kindProblem(inode: Inode): Problem | undefined {
  switch (inode.kind) {
    case 'directory':
      return undefined;
    case 'file':
      return fileProblem(inode);
    case 'symlink':
      return problem('target', symlinkProblem(inode.target));
    case 'char':
    case 'block':
      return (
        range('rdev', inode.rdev, U32_MAX) ?? range('size', inode.size, Number.MAX_SAFE_INTEGER)
      );
    case 'fifo':
    case 'socket':
      return range('size', inode.size, Number.MAX_SAFE_INTEGER);
  }
}

function fileProblem(file: RegularFile): Problem | undefined {
  const { size, inline, digest, payload } = file;
  if (!Number.isSafeInteger(size) || size < 0) {
    return { field: 'size', message: `${size} is not a size from 0 to 2^53 - 1: file too large` };
  }
  if (inline !== undefined && inline.length !== size) {
    return { field: 'size', message: `${size}, but the inline content has ${inline.length} bytes` };
  }
  if (inline !== undefined && size > LCFS_INLINE_CONTENT_MAX) {
    const message = `${size} bytes of inline content, more than ${LCFS_INLINE_CONTENT_MAX}`;
    return { field: 'content', message };
  }
  if (digest !== undefined && !isDigest(digest, 'sha256') && !isDigest(digest, 'sha512')) {
    return { field: 'digest', message: 'neither 64 nor 128 lower-case hex digits' };
  }
  return payload === undefined ? undefined : payloadProblem(payload);
}

function payloadProblem(payload: ByteString): Problem | undefined {
  if (payload.length > PAYLOAD_MAX) {
    return { field: 'payload', message: `${payload.length} bytes, more than ${PAYLOAD_MAX}` };
  }
  return problem('payload', payload.includes('\0') ? 'it contains a NUL byte' : undefined);
}

function xattrsProblem(xattrs: Xattrs): Problem | undefined {
  let total = EROFS_XATTR_IBODY_HEADER.size;
  for (const [key, value] of xattrs) {
    if (key.length === 0 || key.length > XATTR_NAME_MAX) {
      const message = `an attribute name of ${key.length} bytes; it must have 1 to ${XATTR_NAME_MAX}`;
      return { field: 'xattrs', message };
    }
    if (key.includes('\0')) {
      return { field: 'xattrs', message: 'an attribute name contains a NUL byte' };
    }
    if (value.length > XATTR_VALUE_MAX) {
      const message = `a value of ${value.length} bytes, more than ${XATTR_VALUE_MAX}`;
      return { field: 'xattrs', message };
    }
    total += XATTR_OVERHEAD + key.length + value.length;
  }
  if (total <= LCFS_INODE_EXTERNAL_XATTR_MAX) return undefined;
  const message = `${total} bytes of attributes, more than ${LCFS_INODE_EXTERNAL_XATTR_MAX}`;
  return { field: 'xattrs', message };
}

/**
 * Whether the reference writer could set `markers` on an inode that has the (escaped) attributes `xattrs`: its
 * running sum starts at zero, so that replacing a long value fails.
 */
export function markersProblem(
  xattrs: Xattrs,
  markers: readonly (readonly [name: ByteString, value: ByteString])[],
): Problem | undefined {
  let sum = 0;
  let count = xattrs.size;
  for (const [key, value] of markers) {
    const old = xattrs.get(key);
    if (old !== undefined) {
      count--;
      sum = count === 0 ? 0 : sum - XATTR_OVERHEAD - key.length - old.length;
    }
    sum += XATTR_OVERHEAD + key.length + value.length;
    if (count === 0) sum += EROFS_XATTR_IBODY_HEADER.size;
    count++;
    if (sum < 0) return { field: 'xattrs', message: `the value of ${key} is in the way` };
  }
  return undefined;
}

function timeProblem(seconds: number, nanoseconds: number): Problem | undefined {
  if (!Number.isSafeInteger(seconds)) return { field: 'mtime', message: `${seconds} seconds` };
  return range('mtime', nanoseconds, NSEC_MAX);
}

function range(field: string, value: number, max: number): Problem | undefined {
  if (Number.isSafeInteger(value) && value >= 0 && value <= max) return undefined;
  return { field, message: `${value} is not a whole number from 0 to ${max}` };
}

function problem(field: string, message: string | undefined): Problem | undefined {
  return message === undefined ? undefined : { field, message };
}
