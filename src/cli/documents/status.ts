/** What `status` prints for programs (docs/schema/status.json). */
import { documentOfCounts } from './package-facts.js';
import type { StatusReport } from '../../deploy/status/status-report.js';

export function documentOfStatus({ deployments, lastCheck, ...others }: StatusReport) {
  return {
    ...others,
    deployments: deployments.map(({ commit: commitId, packages, ...facts }) => ({
      ...facts,
      commitId,
      packageCounts: packages === null ? null : documentOfCounts(packages),
    })),
    lastCheck: lastCheck === null ? null : documentOfCheck(lastCheck),
  };
}

function documentOfCheck({ commit: commitId, ...facts }: NonNullable<StatusReport['lastCheck']>) {
  return { ...facts, commitId };
}
