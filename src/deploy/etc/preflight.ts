/** Works the merge of `/etc` out before it is needed, so that what is wrong with it is said when somebody can mend it. */
import type { Deployment } from '../../formats/deployment/deployment.js';
import type { Tree } from '../../formats/tree/model.js';
import { readRevision } from '../../repo/read-tree.js';
import type { Repository } from '../../repo/repository.js';
import { etcMountOf } from '../image/image-policy.js';
import type { DirectoryBeneath } from '../host/beneath.js';
import type { EtcConflict } from './merge-trees.js';
import { planMerge } from './merge.js';

export interface Preflight {
  readonly repository: Repository;
  /** The deployment whose `/etc` will go on; undefined for the first one. */
  readonly current: Deployment | undefined;
  /** Its `etc`. */
  readonly mine: DirectoryBeneath;
  /** The new image. */
  readonly theirs: Tree;
  readonly signal?: AbortSignal | undefined;
}

/**
 * @returns the conflicts that there would be now
 * @throws {RootsealError} what the merge at shutdown would throw: a malformed rule, say
 */
export async function requireMergeable(preflight: Preflight): Promise<readonly EtcConflict[]> {
  const { repository, current, mine, theirs, signal } = preflight;
  if (current === undefined) return [];
  const base = (await readRevision(repository, current.commit, signal)).tree;
  const oldMode = await etcMountOf(repository, base);
  const { machine, report } = await planMerge({
    ...{ repository, base, mine, oldMode, theirs, signal },
  });
  machine.close();
  return report.conflicts;
}
