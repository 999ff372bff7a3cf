/**
 * All that `status` tells of a host. It never fails because of what it finds: what cannot be read is a problem in the report, and
 * everything else is told all the same.
 */
import { ImageViews } from '../../repo/image-views.js';
import { describeError, errorCodeOf, isInterruption } from '../../util/errors.js';
import type { Sysroot } from '../host/sysroot.js';
import { notStartable } from '../startable/not-startable.js';
import { listLosses } from '../state/lost.js';
import { Attempts } from './attempts.js';
import { collectHost } from './collect.js';
import { stagedConflicts } from './staged-conflicts.js';
import type { StatusDeployment, StatusReport } from './status-report.js';

/** @param signal ends the reading of images */
export async function hostStatus(sysroot: Sysroot, signal?: AbortSignal): Promise<StatusReport> {
  const attempts = new Attempts();
  const { report, record } = collectHost(sysroot, sysroot.booted);
  const images = attempts.sync(undefined, () => new ImageViews(sysroot.repository(), signal));
  const merge =
    images === undefined
      ? NOTHING_STAGED
      : await mergeToCome(() => stagedConflicts(sysroot, record, images, signal));
  const losses = attempts.sync([], () => listLosses(sysroot));
  const refused = await notStartable(sysroot, record, images);
  const problems = [...merge.problems, ...attempts.problems, ...losses, ...refused];
  const withMerge = (one: StatusDeployment): StatusDeployment =>
    one.id === record.staged ? { ...one, conflicts: merge.conflicts } : one;
  return {
    ...report,
    deployments: report.deployments.map(withMerge),
    problems: [...new Set([...report.problems, ...problems])],
  };
}

/** What the shutdown will make of `/etc`. */
interface MergeToCome {
  readonly conflicts: StatusDeployment['conflicts'];
  readonly problems: readonly string[];
}

const NOTHING_STAGED: MergeToCome = { conflicts: [], problems: [] };

/** Why nothing is told: `/etc` has files for root's eyes only, or somebody removes objects at this moment. */
const UNKNOWN = ['PERMISSION_DENIED', 'LOCKED'];

async function mergeToCome(
  look: () => Promise<StatusDeployment['conflicts']>,
): Promise<MergeToCome> {
  try {
    return { conflicts: await look(), problems: [] };
  } catch (error) {
    if (isInterruption(error)) throw error;
    if (UNKNOWN.includes(errorCodeOf(error))) return NOTHING_STAGED;
    const problem = `/etc cannot be merged for what is staged: ${describeError(error)}`;
    return { conflicts: [], problems: [problem] };
  }
}
