/** How much of a repository commits take: `du`. */
import type { CommitId } from '../formats/commit/commit.js';
import { objectsOf } from '../formats/tree/tree-objects.js';
import type { Digest } from '../util/digest.js';
import { noProgress } from '../util/progress.js';
import { attestationsSize } from './attestations.js';
import { readCommit } from './commits.js';
import { imageOf, readImageOf } from './images.js';
import { objectSize } from './objects.js';
import type { UseOptions } from './reach.js';
import type { Repository } from './repository.js';
import { ukiSize } from './ukis.js';

/** Sizes are in bytes of stored objects, the image among them. */
export interface Usage {
  readonly commit: CommitId;
  readonly objects: number;
  readonly bytes: number;
  /** Needed by another of the commits that were asked about, too. */
  readonly sharedBytes: number;
  /** Needed by this one alone. */
  readonly ownBytes: number;
  /** Of its unified kernel image, which is not an object; 0 when it has none. */
  readonly ukiBytes: number;
  /** Of its attestations, which are no objects either; 0 when it has none. */
  readonly attestationBytes: number;
}

export interface UsageReport {
  readonly commits: readonly Usage[];
  /** All of them together, each object once. */
  readonly total: Pick<Usage, 'objects' | 'bytes' | 'ukiBytes' | 'attestationBytes'>;
}

export async function usageOf(
  repository: Repository,
  commits: readonly CommitId[],
  { progress = noProgress, signal }: UseOptions = {},
): Promise<UsageReport> {
  const needs: Set<Digest>[] = [];
  for (const [index, id] of commits.entries()) {
    progress({ task: 'reach', done: index + 1, total: commits.length, unit: 'images' });
    needs.push(await objectsOfCommit(repository, id, signal));
  }
  const users = new Map<Digest, number>();
  for (const objects of needs)
    for (const digest of objects) users.set(digest, (users.get(digest) ?? 0) + 1);
  const size = (digest: Digest): number => objectSize(repository, digest) ?? 0;
  const usages = commits.map((commit, index): Usage => {
    const objects = needs[index] ?? new Set<Digest>();
    let bytes = 0;
    let sharedBytes = 0;
    for (const digest of objects) {
      bytes += size(digest);
      if ((users.get(digest) ?? 0) > 1) sharedBytes += size(digest);
    }
    const ukiBytes = ukiSize(repository, commit) ?? 0;
    const attestationBytes = attestationsSize(repository, commit);
    const ownBytes = bytes - sharedBytes;
    const ofObjects = { commit, objects: objects.size, bytes, sharedBytes, ownBytes };
    return { ...ofObjects, ukiBytes, attestationBytes };
  });
  const total = [...users.keys()].reduce((sum, digest) => sum + size(digest), 0);
  const once = [...new Map(usages.map((usage) => [usage.commit, usage])).values()];
  const ukiBytes = once.reduce((sum, usage) => sum + usage.ukiBytes, 0);
  const attestationBytes = once.reduce((sum, usage) => sum + usage.attestationBytes, 0);
  return {
    commits: usages,
    total: { objects: users.size, bytes: total, ukiBytes, attestationBytes },
  };
}

async function objectsOfCommit(
  repository: Repository,
  id: CommitId,
  signal: AbortSignal | undefined,
): Promise<Set<Digest>> {
  const commit = readCommit(repository, id);
  const contents = objectsOf(await readImageOf(repository, commit, signal));
  return new Set([imageOf(repository, commit).digest, ...contents]);
}
