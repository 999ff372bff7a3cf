/** What the steps of a check hand on. */
import type { Commit, CommitId } from '../../formats/commit/commit.js';
import type { Digest } from '../../util/digest.js';
import type { Ref } from '../refs.js';
import type { Repository } from '../repository.js';
import type { ObjectProblem } from '../work/jobs.js';
import type { Finding } from './fsck-finding.js';

export interface CheckState {
  readonly repository: Repository;
  readonly findings: Finding[];
  readonly present: ReadonlySet<Digest>;
  readonly problems: ReadonlyMap<Digest, ObjectProblem>;
  /** The objects of every image that could be read. */
  readonly contents: ReadonlyMap<Digest, readonly Digest[]>;
  readonly signal: AbortSignal | undefined;
  readonly commits: ReadonlyMap<CommitId, Commit>;
  readonly refs: readonly Ref[];
}
