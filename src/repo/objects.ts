/** The object store: one file's content under its fs-verity digest. Reading only; `write-session.ts` writes. */
import fs from 'node:fs';
import { objectPath, isDigest, type Digest } from '../util/digest.js';
import { withPauses } from '../util/pauses.js';
import { atOnce, type Steps } from '../util/steps.js';
import { sizeOfRegularFile, type RegularFileHandle } from '../linux/regular-file.js';
import { OBJECTS_DIR } from './layout.js';
import { mismatchedObject, openObjectFile, type SizeBound } from './object-file.js';
import type { Repository } from './repository.js';
import { hashContent, readAndHash } from './work/read-content.js';

/** Absolute path of `objects/`. */
export function objectsDirectory(repository: Repository): string {
  return repository.file(OBJECTS_DIR);
}

/** Size in bytes, or undefined when no regular file is in the object's place. */
export function objectSize(repository: Repository, digest: Digest): number | undefined {
  return sizeOfRegularFile(repository.file(`${OBJECTS_DIR}/${objectPath(digest)}`));
}

/** What somebody wants of an object before it is read. */
export interface ReadOptions {
  /** What an image or a commit says of its size: another size is damage, and the content is not read. */
  readonly size?: SizeBound | undefined;
  /** Ends the reading; its reason is what is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens an object whose content has just been found to have its digest.
 * @returns a descriptor that the caller closes
 * @throws {RootsealError} OBJECT_NOT_FOUND or OBJECT_CORRUPT
 */
export async function openVerifiedObject(
  repository: Repository,
  digest: Digest,
  { size, signal }: ReadOptions,
): Promise<RegularFileHandle> {
  const file = openObjectFile(objectsDirectory(repository), digest, size);
  let isRight = false;
  try {
    const content = hashContent(file.fd, file.size, repository.algorithm);
    const found = (await withPauses(content, signal)).digest;
    isRight = found === digest;
    if (!isRight) throw mismatchedObject(digest, found);
    return file;
  } finally {
    if (!isRight) fs.closeSync(file.fd);
  }
}

/**
 * The whole content of an object, read once: what is returned is what has the digest.
 * @throws {RootsealError} OBJECT_NOT_FOUND or OBJECT_CORRUPT
 */
export async function readObject(
  repository: Repository,
  digest: Digest,
  { size: bound, signal }: ReadOptions & { readonly size: SizeBound },
): Promise<Buffer> {
  const { fd, size } = openObjectFile(objectsDirectory(repository), digest, bound);
  try {
    const { algorithm } = repository;
    const found = await withPauses(readAndHash(fd, size, algorithm), signal);
    if (found.digest === digest) return found.content;
    throw mismatchedObject(digest, found.digest);
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
  return atOnce(listObjectsInSteps(repository));
}

/** `listObjects` for whoever cannot wait for a large one: a step is a directory. */
export function* listObjectsInSteps(repository: Repository): Steps<ObjectListing> {
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
    yield;
  }
  return listing;
}
