/** From a revision to its tree, and from a tree to a file's content. */
import fs from 'node:fs';
import type { Commit, CommitId } from '../formats/commit/commit.js';
import { dropOpaqueMarkers } from '../formats/erofs/overlay.js';
import { inodeOf, type Inode, type RegularFile, type Tree } from '../formats/tree/model.js';
import { resolvePath } from '../formats/tree/resolve.js';
import { lookup } from '../formats/tree/walk.js';
import { toDisplay, type ByteString } from '../util/bytes.js';
import { RootsealError } from '../util/errors.js';
import { readCommit } from './commits.js';
import { imageOf, readImage } from './images.js';
import { openVerifiedObject } from './objects.js';
import type { Repository } from './repository.js';
import { resolveRevision } from './revision.js';

export interface Revision {
  readonly id: CommitId;
  readonly commit: Commit;
  readonly tree: Tree;
}

/** @throws {RootsealError} REVISION_NOT_FOUND, OBJECT_NOT_FOUND or OBJECT_CORRUPT */
export function readRevision(repository: Repository, revision: string): Revision {
  const id = resolveRevision(repository, revision);
  const commit = readCommit(repository, id);
  const tree = readImage(repository, imageOf(repository, commit).digest);
  dropOpaqueMarkers(tree);
  return { id, commit, tree };
}

/**
 * The inode that a path names itself, symlink or not.
 * @throws {RootsealError} PATH_NOT_FOUND
 */
export function requireInode(tree: Tree, path: ByteString): Inode {
  const entry = lookup(tree, path);
  return entry === undefined ? notFound(path) : inodeOf(entry);
}

/**
 * The inode that a path leads to, symlinks followed inside the tree.
 * @throws {RootsealError} PATH_NOT_FOUND
 */
export function requireResolved(tree: Tree, path: ByteString): Inode {
  return resolvePath(tree, path) ?? notFound(path);
}

function notFound(path: ByteString): never {
  throw new RootsealError('PATH_NOT_FOUND', `${toDisplay(path)} is not in the tree`, {
    details: { path: toDisplay(path) },
  });
}

const CHUNK_SIZE = 1 << 20;

/** A file's content in chunks; its object was verified before the first one. */
// eslint-disable-next-line @typescript-eslint/require-await -- a stream for its readers; the reads themselves are short
export async function* readContent(
  repository: Repository,
  file: RegularFile,
): AsyncGenerator<Buffer, void, undefined> {
  if (file.inline !== undefined) yield Buffer.from(file.inline);
  if (file.inline !== undefined || file.digest === undefined) return;
  const fd = openVerifiedObject(repository, file.digest);
  try {
    for (let position = 0; ;) {
      const chunk = Buffer.allocUnsafe(CHUNK_SIZE);
      const count = fs.readSync(fd, chunk, 0, CHUNK_SIZE, position);
      if (count === 0) return;
      position += count;
      yield chunk.subarray(0, count);
    }
  } finally {
    fs.closeSync(fd);
  }
}
