/** Commit documents on disk: `commits/<id>`, where the id is the hash of the bytes. */
import fs from 'node:fs';
import { encodeCommit, parseCommit } from '../formats/commit/codec.js';
import {
  commitId,
  COMMIT_SIZE_MAX,
  isCommitId,
  type Commit,
  type CommitId,
} from '../formats/commit/commit.js';
import { RootsealError } from '../util/errors.js';
import { stopPoint } from '../util/stop-point.js';
import { readSmallFile, writeFileDurable } from './durable.js';
import { COMMITS_DIR, TMP_DIR } from './layout.js';
import type { Repository } from './repository.js';

/** Stores a commit. What it names must be in the repository already. */
export function writeCommit(repository: Repository, commit: Commit): CommitId {
  const bytes = encodeCommit(commit);
  const id = commitId(bytes);
  writeFileDurable(repository.file(TMP_DIR), commitFile(repository, id), bytes);
  stopPoint('commit-written');
  return id;
}

/**
 * @throws {RootsealError} REVISION_NOT_FOUND when there is no such commit, OBJECT_CORRUPT when its bytes are others
 * @throws {FormatError} when the document is malformed
 */
export function readCommit(repository: Repository, id: CommitId): Commit {
  const bytes = readSmallFile(commitFile(repository, id), COMMIT_SIZE_MAX);
  if (bytes === undefined)
    throw new RootsealError('REVISION_NOT_FOUND', `commit ${id} is not in the repository`);
  const found = commitId(bytes);
  if (found !== id) {
    throw new RootsealError(
      'OBJECT_CORRUPT',
      `commit ${id} is damaged: its bytes have the id ${found}`,
      { details: { commitId: id, expected: id, found } },
    );
  }
  return parseCommit(bytes);
}

export function hasCommit(repository: Repository, id: CommitId): boolean {
  return fs.existsSync(commitFile(repository, id));
}

/** Ids of all commits, in byte order, and names in `commits/` that are none. */
export function listCommits(repository: Repository): { ids: CommitId[]; strays: string[] } {
  const names = fs.readdirSync(repository.file(COMMITS_DIR)).sort();
  return { ids: names.filter(isCommitId), strays: names.filter((name) => !isCommitId(name)) };
}

export function commitFile(repository: Repository, id: CommitId): string {
  return repository.file(`${COMMITS_DIR}/${id}`);
}
