/** A commit and its ancestors. */
import type { Commit, CommitId } from '../formats/commit/commit.js';
import { hasCommit, readCommit } from './commits.js';
import type { Repository } from './repository.js';

export interface HistoryEntry {
  readonly id: CommitId;
  readonly commit: Commit;
}

/** From `start` to the first commit, or to the oldest one that is still in the repository. */
export function* history(
  repository: Repository,
  start: CommitId,
): Generator<HistoryEntry, void, undefined> {
  for (let id: CommitId | undefined = start; id !== undefined;) {
    const commit: Commit = readCommit(repository, id);
    yield { id, commit };
    id =
      commit.parent !== undefined && hasCommit(repository, commit.parent)
        ? commit.parent
        : undefined;
  }
}
