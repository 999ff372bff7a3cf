/** What `status` prints for programs (docs/schema/status.json). */
import type { StatusReport } from '../../deploy/status/status-report.js';

export function documentOfStatus({ deployments, lastCheck, ...others }: StatusReport) {
  return {
    ...others,
    deployments: deployments.map(({ commit: commitId, ...facts }) => ({ ...facts, commitId })),
    lastCheck: lastCheck === null ? null : documentOfCheck(lastCheck),
  };
}

function documentOfCheck({ commit: commitId, ...facts }: NonNullable<StatusReport['lastCheck']>) {
  return { ...facts, commitId };
}
