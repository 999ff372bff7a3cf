/** The release before an image: what the hosts have. */
import type { Commit, CommitId } from '../../formats/commit/commit.js';
import { RootsealError } from '../../util/errors.js';
import { history, type HistoryEntry } from '../../repo/history.js';
import { readRevision } from '../../repo/read-tree.js';
import type { Repository } from '../../repo/repository.js';
import { resolveRevision } from '../../repo/revision.js';
import { readCommit } from '../../repo/commits.js';
import { readSeal } from '../../repo/seals.js';
import type { LastRelease } from './lint-subject.js';

/** Ancestors that are asked for a seal. */
const LOOKED_AT_MAX = 1000;

/**
 * The commit that is named, which must be there.
 * @throws {RootsealError} REVISION_NOT_FOUND, OBJECT_NOT_FOUND, OBJECT_CORRUPT
 */
export function namedRelease(
  repository: Repository,
  revision: string,
  signal: AbortSignal | undefined,
): LastRelease {
  const id = resolveRevision(repository, revision);
  return { id, commit: readCommit(repository, id), tree: treeReader(repository, id, signal) };
}

/** The nearest ancestor with a seal, else the parent; undefined when there is none in the repository. */
export function releaseBefore(
  repository: Repository,
  { id, commit }: { readonly id: CommitId; readonly commit: Commit },
  signal: AbortSignal | undefined,
): LastRelease | undefined {
  let parent: HistoryEntry | undefined;
  let count = 0;
  for (const entry of history(repository, id)) {
    if (entry.id === id) continue;
    if (entry.commit.name !== commit.name || ++count > LOOKED_AT_MAX) break;
    parent ??= entry;
    if (readSeal(repository, entry.id) !== undefined) return withTree(repository, entry, signal);
  }
  return parent === undefined ? undefined : withTree(repository, parent, signal);
}

function withTree(
  repository: Repository,
  { id, commit }: HistoryEntry,
  signal: AbortSignal | undefined,
): LastRelease {
  return { id, commit, tree: treeReader(repository, id, signal) };
}

/** A release may have been pruned to its commit. */
function treeReader(repository: Repository, id: CommitId, signal: AbortSignal | undefined) {
  return async () => {
    try {
      return (await readRevision(repository, id, signal)).tree;
    } catch (error) {
      if (error instanceof RootsealError && error.code === 'OBJECT_NOT_FOUND') return undefined;
      throw error;
    }
  };
}
