/** The object store: one file's content under its fs-verity digest. Reading only; `session.ts` writes. */
import fs from 'node:fs';
import { objectPath, isDigest, type Digest } from '../util/digest.js';
import { hasErrno, RootsealError } from '../util/errors.js';
import { OBJECTS_DIR } from './layout.js';
import type { Repository } from './repository.js';
import { hashContent } from './work/read.js';

/** Absolute path of `objects/`. */
export function objectsDirectory(repository: Repository): string {
  return repository.file(OBJECTS_DIR);
}

/** Size in bytes, or undefined when the object is not there. */
export function objectSize(repository: Repository, digest: Digest): number | undefined {
  return fs.statSync(repository.file(`${OBJECTS_DIR}/${objectPath(digest)}`), {
    throwIfNoEntry: false,
  })?.size;
}

/**
 * Opens an object whose content has just been found to have its digest.
 * @returns a descriptor that the caller closes
 * @throws {RootsealError} OBJECT_NOT_FOUND or OBJECT_CORRUPT
 */
export function openVerifiedObject(repository: Repository, digest: Digest): number {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  let fd: number;
  try {
    fd = fs.openSync(
      repository.file(`${OBJECTS_DIR}/${objectPath(digest)}`),
      O_RDONLY | O_NOFOLLOW | O_NONBLOCK,
    );
  } catch (error) {
    if (hasErrno(error, 'ELOOP')) throw damaged(digest, 'a symlink is in its place');
    if (!hasErrno(error, 'ENOENT')) throw error;
    throw new RootsealError('OBJECT_NOT_FOUND', `object ${digest} is missing`, {
      details: { object: digest },
    });
  }
  try {
    const stat = fs.fstatSync(fd);
    if (!stat.isFile()) throw damaged(digest, 'it is not a regular file');
    const found = hashContent(fd, stat.size, repository.algorithm).digest;
    if (found === digest) return fd;
    throw damaged(digest, `its content has the digest ${found}`);
  } catch (error) {
    fs.closeSync(fd);
    throw error;
  }
}

function damaged(digest: Digest, what: string): RootsealError {
  return new RootsealError('OBJECT_CORRUPT', `object ${digest} is damaged: ${what}`, {
    details: { object: digest },
    hint: 'run `rootseal fsck`, with --repair to fetch it from another repository',
  });
}

/** The whole content of a verified object of at most `limit` bytes. */
export function readObject(repository: Repository, digest: Digest, limit: number): Buffer {
  const fd = openVerifiedObject(repository, digest);
  try {
    const size = fs.fstatSync(fd).size;
    if (size > limit)
      throw new RootsealError(
        'FORMAT_INVALID',
        `object ${digest} has ${size} bytes, more than ${limit}`,
      );
    const content = Buffer.alloc(size);
    fs.readSync(fd, content, 0, size, 0);
    return content;
  } finally {
    fs.closeSync(fd);
  }
}

/** What is below `objects/`: digests, and names that do not belong there. */
export interface ObjectListing {
  readonly digests: Digest[];
  /** Relative to `objects/`. */
  readonly strays: string[];
}

/** Lists the store in byte order. */
export function listObjects(repository: Repository): ObjectListing {
  const listing: ObjectListing = { digests: [], strays: [] };
  for (const prefix of fs.readdirSync(objectsDirectory(repository)).sort()) {
    if (!/^[0-9a-f]{2}$/.test(prefix)) {
      listing.strays.push(prefix);
      continue;
    }
    const directory = `${objectsDirectory(repository)}/${prefix}`;
    if (fs.statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) {
      listing.strays.push(prefix);
      continue;
    }
    for (const name of fs.readdirSync(directory).sort()) {
      const digest = `${prefix}${name}`;
      if (isDigest(digest, repository.algorithm)) listing.digests.push(digest);
      else listing.strays.push(`${prefix}/${name}`);
    }
  }
  return listing;
}
