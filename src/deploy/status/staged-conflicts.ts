/** Conflicts in `/etc` that a shutdown would make now, told while somebody can still do something about them. */
import { imageHex } from '../../formats/deployment/deployment.js';
import { findDeployment, type DeploymentRecord } from '../../formats/deployment/record.js';
import type { ImageViews } from '../../repo/image-views.js';
import type { Digest } from '../../util/digest.js';
import type { EtcConflict } from '../etc/merge-trees.js';
import { requireMergeable } from '../etc/preflight.js';
import type { Sysroot } from '../host/sysroot.js';
import { DEPLOY_DIR } from '../record/store.js';

/**
 * Works the merge for what is staged out, as the shutdown will.
 * @returns none when nothing is staged, or there is no `/etc` that would go on
 * @throws {RootsealError} what would keep the shutdown from merging; LOCKED when somebody removes objects at this moment
 */
export async function stagedConflicts(
  sysroot: Sysroot,
  record: DeploymentRecord,
  images: ImageViews,
  signal?: AbortSignal,
): Promise<readonly EtcConflict[]> {
  const staged = findDeployment(record, record.staged);
  const current = findDeployment(record, record.booted) ?? findDeployment(record, record.default);
  if (staged === undefined || current === undefined) return [];
  const { repository } = images;
  const lock = await repository.lock('shared', { wait: false });
  try {
    return await requireMergeable({
      repository,
      base: await images.tree(imageHex(current) as Digest),
      mine: { root: sysroot.directory, path: `${DEPLOY_DIR}/${current.id}/etc` },
      theirs: await images.tree(imageHex(staged) as Digest),
      signal,
    });
  } finally {
    lock.release();
  }
}
