/** Which deployment plays which part, and which ones stay. Pure. */
import type { Deployment, DeploymentId } from '../../formats/deployment/deployment.js';
import { findDeployment, type DeploymentRecord } from '../../formats/deployment/record.js';

/** What the boot loader would take: the highest serial that has not failed and is not staged. */
export function loaderDefault(record: DeploymentRecord): DeploymentId | null {
  return candidates(record)[0]?.id ?? null;
}

function candidates(record: DeploymentRecord): readonly Deployment[] {
  return record.deployments.filter(({ id, boots }) => id !== record.staged && boots !== 'bad');
}

/**
 * What to roll back to when `record.default` is the default: `wished`, if it is there and may boot; else the newest other one
 * that is known to be good; else any other.
 */
export function chooseRollback(
  record: DeploymentRecord,
  wished: DeploymentId | null,
): DeploymentId | null {
  const others = candidates(record).filter(({ id }) => id !== record.default);
  const first = others.find(({ id }) => id === wished);
  return (first ?? others.find(({ boots }) => boots === 'good') ?? others[0])?.id ?? null;
}

/** After another default: the one before, unless that never came up and there is one that did. */
export function rollbackAfter(
  record: DeploymentRecord,
  before: DeploymentRecord,
): DeploymentId | null {
  const previous = findDeployment(record, before.default);
  const known = findDeployment(record, before.rollback);
  const keepsKnown = previous?.boots !== 'good' && known?.boots === 'good';
  return chooseRollback(record, keepsKnown ? before.rollback : before.default);
}

/**
 * Without what nothing needs any more. What stays: all that has a part to play, what is pinned, the newest one that is good,
 * and, so that it can be looked at, the newest one that is bad.
 */
export function prune(record: DeploymentRecord): DeploymentRecord {
  const newest = (boots: Deployment['boots']) =>
    record.deployments.find((one) => one.boots === boots && one.id !== record.staged)?.id;
  const kept = new Set([
    record.booted,
    record.default,
    record.staged,
    record.rollback,
    newest('good'),
    newest('bad'),
  ]);
  const deployments = record.deployments.filter(({ id, pinned }) => pinned || kept.has(id));
  return deployments.length === record.deployments.length ? record : { ...record, deployments };
}

/** The lowest sequence of what is kept for booting: everything older may be refused. */
export function lowestSequence(record: DeploymentRecord): number {
  const sequences = record.deployments
    .filter(({ boots }) => boots !== 'bad')
    .map(({ sequence }) => sequence);
  const [first = 0, ...others] = sequences;
  return others.reduce((lowest, sequence) => Math.min(lowest, sequence), first);
}

/** Without some deployments; who had a part to play that one of them played is chosen again. The same object without any such. */
export function leaveOut(
  record: DeploymentRecord,
  isLeftOut: (deployment: Deployment) => boolean,
): DeploymentRecord {
  const deployments = record.deployments.filter((one) => !isLeftOut(one));
  if (deployments.length === record.deployments.length) return record;
  const still = (id: DeploymentId | null) => (deployments.some((one) => one.id === id) ? id : null);
  const staged = still(record.staged);
  const kept: DeploymentRecord = {
    ...record,
    deployments,
    staged,
    rollback: still(record.rollback),
  };
  if (still(record.default) !== null && kept.rollback === record.rollback) return kept;
  const next = { ...kept, default: still(record.default) ?? loaderDefault(kept) };
  return { ...next, rollback: chooseRollback(next, kept.rollback) };
}
