/** What a host's record and its last shutdown say that needs a person, one sentence each. Pure. */
import type { Deployment } from '../../formats/deployment/deployment.js';
import { findDeployment, type DeploymentRecord } from '../../formats/deployment/record.js';
import type { FinalizeFailure } from '../verbs/finalize.js';
import type { StatusDeployment } from './status-report.js';

/**
 * Releases that failed here and that nothing newer has taken the place of: the machine is not where its upgrades would have it. Also
 * one that is running all the same, as somebody may start it from the boot menu.
 */
export function failedReleases(record: DeploymentRecord): string[] {
  const standard = findDeployment(record, record.default);
  const isOpen = ({ id, serial, boots }: Deployment) =>
    boots === 'bad' && (id === record.booted || serial >= (standard?.serial ?? 0));
  return record.deployments.filter(isOpen).map((one) => {
    const what = `release ${one.release} of ${one.name} failed here`;
    if (one === standard) return `${what}, and there is no other to start`;
    if (one.id === record.booted) return `${what}, and it is running`;
    return standard === undefined ? what : `${what}: this machine stays on ${standard.release}`;
  });
}

/** A shutdown that did not make what is still staged the default. With another staged, or none, it is history. */
export function failedShutdown(
  record: DeploymentRecord,
  failure: FinalizeFailure | undefined,
): string[] {
  if (failure === undefined) return [];
  // A damaged stamp names none.
  if (failure.id !== '' && failure.id !== record.staged) return [];
  const release = findDeployment(record, failure.id)?.release ?? 'what was staged';
  return [`the shutdown at ${failure.time} did not make ${release} the default: ${failure.error}`];
}

/** Conflicts in the `/etc` that is in use, or will be at the next boot, and that nobody has settled. */
export function openConflicts(deployments: readonly StatusDeployment[]): string[] {
  return deployments
    .filter(({ roles }) => roles.includes('default') || roles.includes('booted'))
    .filter(({ conflicts }) => conflicts.length > 0)
    .map(({ release, conflicts: { length } }) => {
      const what = length === 1 ? '1 conflict' : `${length} conflicts`;
      return `${what} in /etc of ${release}: look, and then \`rootseal etc settle\``;
    });
}
