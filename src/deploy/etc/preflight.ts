/** Works the merge of `/etc` out before it is needed, so that what is wrong with it is said when somebody can mend it. */
import type { Tree } from '../../formats/tree/model.js';
import type { Repository } from '../../repo/repository.js';
import { etcMountOf } from '../image/image-policy.js';
import type { DirectoryBeneath } from '../host/beneath.js';
import type { EtcConflict } from './merge-trees.js';
import { planMerge, untilStill } from './merge.js';

export interface Preflight {
  readonly repository: Repository;
  /** The image of the deployment whose `/etc` will go on. */
  readonly base: Tree;
  /** The `etc` of that deployment. */
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
  const oldMode = await etcMountOf(preflight.repository, preflight.base);
  return untilStill(preflight, async () => {
    const { machine, report } = await planMerge({ ...preflight, oldMode });
    machine.close();
    return report.conflicts;
  });
}
