/** Conflicts in `/etc` that a shutdown would make now, told while somebody can still do something about them. */
import { describeError, errorCodeOf } from '../../util/errors.js';
import { etcDiffOf } from '../etc/of-sysroot.js';
import type { Sysroot } from '../host/sysroot.js';
import type { StatusReport } from './status-report.js';

/** Why nothing is told: `/etc` has files for root's eyes only, or somebody removes objects at this moment. */
const UNKNOWN = ['PERMISSION_DENIED', 'LOCKED'];

/**
 * Works the merge for what is staged out, as the shutdown will.
 * @returns the report with the conflicts of what is staged, or with what would keep the shutdown from merging among the problems
 */
export async function withStagedConflicts(
  sysroot: Sysroot,
  report: StatusReport,
): Promise<StatusReport> {
  const { staged } = report.roles;
  if (staged === null) return report;
  try {
    const { merge } = await etcDiffOf(sysroot, 'staged', { contents: false, wait: false });
    const conflicts = merge?.conflicts ?? [];
    const deployments = report.deployments.map((one) =>
      one.id === staged ? { ...one, conflicts } : one,
    );
    return { ...report, deployments };
  } catch (error) {
    if (UNKNOWN.includes(errorCodeOf(error))) return report;
    const problem = `/etc cannot be merged for what is staged: ${describeError(error)}`;
    return { ...report, problems: [...report.problems, problem] };
  }
}
