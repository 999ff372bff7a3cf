/** Documents that the program prints, as the types of `src` that they are made from. */
import type { StatusReport } from '../../src/deploy/status/status-report.js';
import type { documentOfStatus } from '../../src/cli/documents/status.js';

/** What `status --json` prints, with the record's names of keys. */
export function statusReport(text: string): StatusReport {
  const document = JSON.parse(text) as ReturnType<typeof documentOfStatus>;
  const { deployments, lastCheck, ...others } = document;
  return {
    ...others,
    deployments: deployments.map(({ commitId: commit, packageCounts, ...facts }) => ({
      ...facts,
      commit,
      packages:
        packageCounts === null
          ? null
          : {
              since: packageCounts.sinceId,
              upgraded: packageCounts.upgradedCount,
              downgraded: packageCounts.downgradedCount,
              changed: packageCounts.changedCount,
              added: packageCounts.addedCount,
              removed: packageCounts.removedCount,
            },
    })),
    lastCheck: lastCheck === null ? null : { ...lastCheck, commit: lastCheck.commitId },
  };
}

/** The error of a call with `--json`: the last document on standard error. */
export function errorDocument(stderr: string): {
  readonly code: string;
  readonly message: string;
  readonly details: Readonly<Record<string, string | number | boolean>>;
  readonly hint?: string;
} {
  const last = stderr.trimEnd().split('\n').at(-1) ?? '';
  return (JSON.parse(last) as { error: ReturnType<typeof errorDocument> }).error;
}
