/** Conflicts of the last merge that somebody has looked at: `status` tells of the others. */
import { findDeployment } from '../../formats/deployment/record.js';
import { RootsealError } from '../../util/errors.js';
import type { Session } from '../record/session.js';
import { DEPLOY_DIR } from '../record/store.js';
import type { EtcConflict } from './merge-trees.js';
import { readEtcReport, writeEtcReport } from './report.js';

export interface Settled {
  readonly settled: readonly EtcConflict[];
  /** Those that are still open. */
  readonly open: readonly EtcConflict[];
}

/**
 * Takes conflicts out of the report of what runs, else of the default. `/etc` stays as it is.
 * @param paths as `status` shows them; all when there are none
 * @throws {RootsealError} PATH_NOT_FOUND when there is no conflict at one of `paths`; UNCHANGED when there is none at all
 */
export function settleConflicts({ sysroot, record }: Session, paths: readonly string[]): Settled {
  const current = findDeployment(record, record.booted) ?? findDeployment(record, record.default);
  const place = sysroot.file(`${DEPLOY_DIR}/${current?.id ?? ''}`);
  const report = current === undefined ? undefined : readEtcReport(place);
  const conflicts = report?.conflicts ?? [];
  for (const wanted of paths)
    if (!conflicts.some(({ path }) => path === wanted))
      throw new RootsealError('PATH_NOT_FOUND', `there is no conflict at ${wanted}`, {
        hint: '`rootseal status --verbose` lists them',
      });
  if (report === undefined || conflicts.length === 0)
    throw new RootsealError('UNCHANGED', 'there is no conflict in /etc');
  const isSettled = ({ path }: EtcConflict) => paths.length === 0 || paths.includes(path);
  const open = conflicts.filter((one) => !isSettled(one));
  writeEtcReport(place, { ...report, conflicts: open });
  return { settled: conflicts.filter(isSettled), open };
}
