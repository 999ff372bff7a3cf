/** The `/etc` of a new deployment (docs/formats/sysroot.md, "/etc"). */
import type { EtcMount } from '../../formats/seal/policy.js';
import type { Tree } from '../../formats/tree/model.js';
import type { Repository } from '../../repo/repository.js';
import { ascii } from '../../util/bytes.js';
import type { Progress } from '../../util/progress.js';
import { copyOut } from './copy-out.js';
import { placeDirectory } from './place.js';

export interface EtcRequest {
  readonly repository: Repository;
  /** The old image; undefined for the first deployment. */
  readonly base: Tree | undefined;
  /** Absolute path of the old deployment's `etc`; undefined for the first deployment. */
  readonly mine: string | undefined;
  readonly oldMode: EtcMount;
  /** The new image. */
  readonly theirs: Tree;
  readonly mode: EtcMount;
  /** Absolute path of the new deployment's directory; its `etc` is made, or made anew. */
  readonly target: string;
  readonly progress: Progress;
}

export interface EtcConflict {
  /** `/etc/…` */
  readonly path: string;
  readonly kind: 'both-changed' | 'type' | 'deleted';
  readonly detail: string;
}

export interface EtcReport {
  readonly kept: number;
  readonly taken: number;
  readonly conflicts: readonly EtcConflict[];
  /** What a rule took from the image although it was changed here. */
  readonly replaced: readonly string[];
}

export async function mergeEtc(request: EtcRequest): Promise<EtcReport> {
  const { repository, theirs, target, progress } = request;
  await placeDirectory(`${target}/etc`, (temporary) =>
    copyOut({ repository, tree: theirs, path: ascii('/etc'), target: temporary, progress }),
  );
  return { kept: 0, taken: 0, conflicts: [], replaced: [] };
}
