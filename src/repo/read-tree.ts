/** From a revision to its tree, and from a tree to a file's content. */
import fs from 'node:fs';
import type { Commit, CommitId } from '../formats/commit/commit.js';
import { dropOpaqueMarkers } from '../formats/erofs/overlay.js';
import { inodeOf, type Inode, type RegularFile, type Tree } from '../formats/tree/model.js';
import { resolvePath } from '../formats/tree/resolve.js';
import { lookup } from '../formats/tree/walk.js';
import { toDisplay, type ByteString } from '../util/bytes.js';
import { RootsealError } from '../util/errors.js';
import { pauser } from '../util/pauses.js';
import { readCommit } from './commits.js';
import { readImageOf } from './images.js';
import { openVerifiedObject } from './objects.js';
import type { Repository } from './repository.js';
import { resolveRevision } from './revision.js';

export interface Revision {
  readonly id: CommitId;
  readonly commit: Commit;
  readonly tree: Tree;
}

/** @throws {RootsealError} REVISION_NOT_FOUND, OBJECT_NOT_FOUND or OBJECT_CORRUPT */
export async function readRevision(
  repository: Repository,
  revision: string,
  signal?: AbortSignal,
): Promise<Revision> {
  const id = resolveRevision(repository, revision);
  const commit = readCommit(repository, id);
  const tree = await readImageOf(repository, commit, signal);
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

/**
 * A file's content in chunks; its object was verified before the first one.
 * @throws {RootsealError} OBJECT_NOT_FOUND or OBJECT_CORRUPT; the reason of `signal`
 */
export async function* readContent(
  repository: Repository,
  file: RegularFile,
  signal?: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  if (file.inline !== undefined) yield Buffer.from(file.inline);
  if (file.inline !== undefined || file.digest === undefined) return;
  const size = { exactly: file.size };
  const { fd } = await openVerifiedObject(repository, file.digest, { size, signal });
  const pause = pauser(signal);
  try {
    for (let position = 0; position < file.size;) {
      const chunk = Buffer.allocUnsafe(Math.min(CHUNK_SIZE, file.size - position));
      const count = fs.readSync(fd, chunk, 0, chunk.length, position);
      if (count === 0) return;
      position += count;
      yield chunk.subarray(0, count);
      // Whoever takes the chunks may never wait for anything.
      await pause.takeIfDue();
    }
  } finally {
    fs.closeSync(fd);
  }
}

/** All of a file's content. @throws {RootsealError} as `readContent` */
export async function readWholeContent(
  repository: Repository,
  file: RegularFile,
  signal?: AbortSignal,
): Promise<Buffer> {
  const whole = Buffer.alloc(file.size);
  let at = 0;
  for await (const chunk of readContent(repository, file, signal)) at += chunk.copy(whole, at);
  return whole;
}

/** At most so many bytes from its start. @throws {RootsealError} as `readContent` */
export async function readContentStart(
  repository: Repository,
  file: RegularFile,
  length: number,
  signal?: AbortSignal,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of readContent(repository, file, signal)) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= length) break;
  }
  return Buffer.concat(chunks).subarray(0, length);
}
