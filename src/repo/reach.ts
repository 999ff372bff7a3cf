/** What refers to what: from refs to commits, images and objects. The one definition that `gc`, `fsck` and `du` share. */
import type { Commit, CommitId } from '../formats/commit/commit.js';
import { objectsOf } from '../formats/tree/tree-objects.js';
import type { Digest } from '../util/digest.js';
import { noProgress, type Progress } from '../util/progress.js';
import { hasCommit, readCommit } from './commits.js';
import { imageOf, readImageOf } from './images.js';
import { listRefs, type Ref } from './refs.js';
import type { Repository } from './repository.js';

/** A commit that something reaches, and what reached it first. */
export interface ReachedCommit {
  readonly id: CommitId;
  readonly commit: Commit;
  /** The ref it was found from; undefined for one of `roots`. */
  readonly ref: Ref | undefined;
  /** Steps from the ref: 0 is the commit it names. */
  readonly depth: number;
}

export interface ReachOptions {
  /** How many commits of the history of each branch, tag and remote count; all by default. A deployment has no history. */
  readonly keep?: number;
  /**
   * Commits that count besides what refs reach, without their history: those of deployments of an earlier version, which wrote
   * no refs. Asked for under the caller's lock: what was deployed while it waited counts.
   */
  readonly roots?: () => readonly CommitId[];
}

/**
 * Every commit that refs reach, through parents. A parent that is not in the repository ends the history there: older
 * commits may have been given up on purpose.
 * @throws {RootsealError} OBJECT_CORRUPT when a commit is damaged: what it reaches is then unknown
 */
export function reachedCommits(
  repository: Repository,
  options: ReachOptions = {},
): ReachedCommit[] {
  const { keep = Infinity, roots } = options;
  const shallowest = new Map<CommitId, ReachedCommit>();
  for (const ref of listRefs(repository).refs)
    follow(repository, shallowest, ref, ref.kind === 'deployment' ? 1 : keep);
  addRoots(repository, shallowest, roots?.() ?? []);
  return [...shallowest.values()];
}

/** Adds at most `keep` commits of a ref's history. */
function follow(
  repository: Repository,
  shallowest: Map<CommitId, ReachedCommit>,
  ref: Ref,
  keep: number,
): void {
  let id: CommitId | undefined = ref.commit;
  for (let depth = 0; id !== undefined && depth < keep; depth++) {
    const known: ReachedCommit | undefined = shallowest.get(id);
    // From a commit that was reached by fewer steps before, there is nothing new to find.
    if (known !== undefined && known.depth <= depth) break;
    if (depth > 0 && !hasCommit(repository, id)) break;
    const commit: Commit = known?.commit ?? readCommit(repository, id);
    shallowest.set(id, { id, commit, ref, depth });
    id = commit.parent;
  }
}

function addRoots(
  repository: Repository,
  reached: Map<CommitId, ReachedCommit>,
  roots: readonly CommitId[],
): void {
  for (const id of roots) {
    if (reached.has(id)) continue;
    reached.set(id, { id, commit: readCommit(repository, id), ref: undefined, depth: 0 });
  }
}

/** Why an object is kept. */
export interface ObjectUse {
  readonly commit: ReachedCommit;
  readonly role: 'image' | 'content';
}

export interface UseOptions {
  readonly progress?: Progress;
  /** Ends it; its reason is what is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/** For every object that the commits need, the first commit that does. */
export async function usedObjects(
  repository: Repository,
  commits: readonly ReachedCommit[],
  { progress = noProgress, signal }: UseOptions = {},
): Promise<Map<Digest, ObjectUse>> {
  const used = new Map<Digest, ObjectUse>();
  const seenImages = new Set<Digest>();
  for (const [index, commit] of commits.entries()) {
    progress({ task: 'reach', done: index + 1, total: commits.length, unit: 'images' });
    const image = imageOf(repository, commit.commit).digest;
    if (seenImages.has(image)) continue;
    seenImages.add(image);
    // Also when a tree has the image as a file: its link in `images/` must stay.
    used.set(image, { commit, role: 'image' });
    for (const digest of objectsOf(await readImageOf(repository, commit.commit, signal))) {
      if (!used.has(digest)) used.set(digest, { commit, role: 'content' });
    }
  }
  return used;
}
