/**
 * The file of an object, opened before its content is looked at. What an image or a commit says of its size is compared first: a
 * sparse file of any size costs nothing on a disk, and reading it to its end may take for ever.
 */
import fs from 'node:fs';
import { openRegularFile, type RegularFileHandle } from '../linux/regular-file.js';
import { toDisplay, type ByteString } from '../util/bytes.js';
import { objectPath, type Digest } from '../util/digest.js';
import { hasErrno, RootsealError, type ErrorDetails } from '../util/errors.js';

/** What is known of a size in bytes. */
export type SizeBound = { readonly exactly: number } | { readonly atMost: number };

/** What is wrong with an object's file, as a sentence about "it". */
export interface ObjectFault {
  readonly fault: 'missing' | 'corrupt';
  readonly what: string;
}

/**
 * @param objectsDir absolute path of the directory that holds `hh/rest`
 * @param bound undefined when nobody says how long the object is
 * @returns a descriptor that the caller closes, or what is wrong
 * @throws {Error} Node's, when it cannot be opened although it is there
 */
export function tryOpenObject(
  objectsDir: string,
  digest: Digest,
  bound: SizeBound | undefined,
): RegularFileHandle | ObjectFault {
  const missing: ObjectFault = { fault: 'missing', what: 'it is missing' };
  let file: RegularFileHandle | undefined;
  try {
    file = openRegularFile(`${objectsDir}/${objectPath(digest)}`);
  } catch (error) {
    if (hasErrno(error, 'ENOENT') || hasErrno(error, 'ENOTDIR')) return missing;
    throw error;
  }
  if (file === undefined) return { fault: 'corrupt', what: 'it is not a regular file' };
  const what = sizeFault(file.size, bound);
  if (what === undefined) return file;
  fs.closeSync(file.fd);
  return { fault: 'corrupt', what };
}

function sizeFault(size: number, bound: SizeBound | undefined): string | undefined {
  if (bound !== undefined && 'exactly' in bound)
    return size === bound.exactly ? undefined : `it has ${size} bytes instead of ${bound.exactly}`;
  const most = bound?.atMost ?? Number.MAX_SAFE_INTEGER;
  return size <= most ? undefined : `it has ${size} bytes, more than the ${most} that it may have`;
}

/** As `tryOpenObject`. @throws {RootsealError} OBJECT_NOT_FOUND or OBJECT_CORRUPT */
export function openObjectFile(
  objectsDir: string,
  digest: Digest,
  bound: SizeBound | undefined,
): RegularFileHandle {
  const opened = tryOpenObject(objectsDir, digest, bound);
  if ('fd' in opened) return opened;
  throw opened.fault === 'missing' ? missingObject(digest) : damagedObject(digest, opened.what);
}

const HINT = 'run `rootseal fsck`, with --repair to fetch it from another repository';

/** @param path of a file whose content it is, without the leading slash */
export function missingObject(digest: Digest, path?: ByteString): RootsealError {
  return new RootsealError('OBJECT_NOT_FOUND', `${placeOf(path)}object ${digest} is missing`, {
    details: detailsOf(digest, path),
    hint: HINT,
  });
}

/**
 * @param what a sentence about the object
 * @param path as of `missingObject`
 */
export function damagedObject(digest: Digest, what: string, path?: ByteString): RootsealError {
  const message = `${placeOf(path)}object ${digest} is damaged: ${what}`;
  return new RootsealError('OBJECT_CORRUPT', message, {
    details: detailsOf(digest, path),
    hint: HINT,
  });
}

/** An object whose content has the digest `found`. @param path as of `missingObject` */
export function mismatchedObject(digest: Digest, found: Digest, path?: ByteString): RootsealError {
  const error = damagedObject(digest, `its content has the digest ${found}`, path);
  return new RootsealError(error.code, error.message, {
    details: { ...error.details, expected: digest, found },
    hint: HINT,
  });
}

function placeOf(path: ByteString | undefined): string {
  return path === undefined ? '' : `/${toDisplay(path)}: `;
}

function detailsOf(digest: Digest, path: ByteString | undefined): ErrorDetails {
  return { object: digest, ...(path === undefined ? {} : { path: `/${toDisplay(path)}` }) };
}
