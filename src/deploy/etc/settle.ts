/** Conflicts of the last merge that somebody has looked at: `status` tells of the others. */
import { findDeployment } from '../../formats/deployment/record.js';
import { RootsealError } from '../../util/errors.js';
import type { Session } from '../record/session.js';
import { DEPLOY_DIR } from '../record/store.js';
import type { EtcConflict } from './merge-trees.js';
import { readEtcReport, writeEtcReport } from './etc-report.js';

export interface Settled {
  readonly settled: readonly EtcConflict[];
  /** Those that are still open. */
  readonly open: readonly EtcConflict[];
}

/**
 * Takes conflicts out of the reports of what runs and of the default, which are those that `status` tells of. `/etc` stays as it is.
 * @param paths as `status` shows them; all when there are none
 * @throws {RootsealError} PATH_NOT_FOUND when there is no conflict at one of `paths`; UNCHANGED when there is none at all
 */
export function settleConflicts({ sysroot, record }: Session, paths: readonly string[]): Settled {
  const ids = new Set([record.booted, record.default]);
  const places = [...ids]
    .map((id) => findDeployment(record, id))
    .filter((one) => one !== undefined)
    .map(({ id }) => sysroot.file(`${DEPLOY_DIR}/${id}`));
  const reports = places
    .map((place) => ({ place, report: readEtcReport(place) }))
    .filter(({ report }) => (report?.conflicts.length ?? 0) > 0);
  const conflicts = reports.flatMap(({ report }) => report?.conflicts ?? []);
  for (const wanted of paths)
    if (!conflicts.some(({ path }) => path === wanted))
      throw new RootsealError('PATH_NOT_FOUND', `there is no conflict at ${wanted}`, {
        hint: '`rootseal status --verbose` lists them',
      });
  if (conflicts.length === 0) throw new RootsealError('UNCHANGED', 'there is no conflict in /etc');
  const isSettled = ({ path }: EtcConflict) => paths.length === 0 || paths.includes(path);
  for (const { place, report } of reports)
    if (report !== undefined)
      writeEtcReport(place, {
        ...report,
        conflicts: report.conflicts.filter((one) => !isSettled(one)),
      });
  return {
    settled: conflicts.filter(isSettled),
    open: conflicts.filter((one) => !isSettled(one)),
  };
}
