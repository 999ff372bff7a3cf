/** The check of a whole repository. */
import { isDamage } from '../../repo/fsck/fsck-finding.js';
import { checkRepository } from '../../repo/fsck/fsck.js';
import { withSharedLock, type Repository } from '../../repo/repository.js';
import { noProgress } from '../../util/progress.js';
import type { LongCallOptions } from '../call-options.js';
import type { CheckReport } from '../check-report.js';
import { call } from './run-call.js';

export function check(repository: Repository, options: LongCallOptions): Promise<CheckReport> {
  return call(options, async (signal) => {
    const progress = options.onProgress ?? noProgress;
    const look = () => checkRepository(repository, { progress, signal });
    const report = await withSharedLock(repository, look, signal);
    return {
      ...report,
      ok: !report.findings.some(isDamage),
      findings: report.findings.map(({ kind, subject, message, affects }) => ({
        kind,
        subject,
        message,
        affects,
      })),
    };
  });
}
