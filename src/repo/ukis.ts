/** Unified kernel images on disk: `ukis/<commit id>`, at most one for each commit (docs/formats/uki.md). */
import fs from 'node:fs';
import { isCommitId, type CommitId } from '../formats/commit/commit.js';
import { UKI_SIZE_MAX } from '../formats/uki/uki-sections.js';
import { hasErrno, RootsealError } from '../util/errors.js';
import { namesIn, sizeOfFile } from './beside-commits.js';
import { writeFileDurable } from './durable.js';
import { TMP_DIR, UKIS_DIR } from './layout.js';
import type { Repository } from './repository.js';

/** The file of a commit's image, relative to the repository. */
export function ukiFile(id: CommitId): string {
  return `${UKIS_DIR}/${id}`;
}

/**
 * The image's bytes, whatever they are; undefined when the commit has none.
 * @throws {RootsealError} FORMAT_INVALID when something else is in its place, or it is larger than an image may be
 */
export async function readUki(repository: Repository, id: CommitId): Promise<Buffer | undefined> {
  const file = repository.file(ukiFile(id));
  let handle: fs.promises.FileHandle;
  try {
    // O_NONBLOCK: a fifo in place of a file must not hang us.
    handle = await fs.promises.open(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  } catch (error) {
    if (hasErrno(error, 'ENOENT') || hasErrno(error, 'ENOTDIR')) return undefined;
    if (hasErrno(error, 'ENXIO') || hasErrno(error, 'ELOOP')) throw notAFile(file);
    throw error;
  }
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw notAFile(file);
    requireSize(file, stat.size);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

/** @throws {RootsealError} PATH_NOT_FOUND when the commit has none */
export async function requireUki(repository: Repository, id: CommitId): Promise<Buffer> {
  const bytes = await readUki(repository, id);
  if (bytes !== undefined) return bytes;
  throw new RootsealError('PATH_NOT_FOUND', `commit ${id} has no unified kernel image`, {
    details: { commitId: id },
    hint: 'make it with `rootseal uki build REV`',
  });
}

/**
 * Replaces the commit's image. Whoever calls has compared it with the commit.
 * @throws {RootsealError} FORMAT_INVALID when it is too large
 */
export function writeUki(repository: Repository, id: CommitId, bytes: Uint8Array): void {
  repository.requireWritable();
  requireSize(ukiFile(id), bytes.length);
  writeFileDurable(repository.file(TMP_DIR), repository.file(ukiFile(id)), bytes);
}

/** Removes the commit's image; it may be absent. Whoever removes several flushes the directory. */
export function removeUki(repository: Repository, id: CommitId): void {
  // Recursive, because a damaged store may hold a directory there.
  fs.rmSync(repository.file(ukiFile(id)), { force: true, recursive: true });
}

/** Bytes of the commit's image; undefined when it has none. */
export function ukiSize(repository: Repository, id: CommitId): number | undefined {
  return sizeOfFile(repository, ukiFile(id));
}

/** Commits that have an image. Repositories of earlier versions have no directory for them. */
export function listUkis(repository: Repository): {
  readonly ids: readonly CommitId[];
  /** Paths in the repository of what is no image of a commit: other names, or what is in the directory's place. */
  readonly strays: readonly string[];
} {
  const names = namesIn(repository, UKIS_DIR);
  if (names === undefined) return { ids: [], strays: [UKIS_DIR] };
  return {
    ids: names.filter(isCommitId),
    strays: names.filter((name) => !isCommitId(name)).map((name) => `${UKIS_DIR}/${name}`),
  };
}

function requireSize(file: string, size: number): void {
  if (size <= UKI_SIZE_MAX) return;
  throw new RootsealError('FORMAT_INVALID', `${file} has ${size} bytes, more than ${UKI_SIZE_MAX}`);
}

function notAFile(file: string): RootsealError {
  return new RootsealError('FORMAT_INVALID', `${file} is not a regular file`);
}
