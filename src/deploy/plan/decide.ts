/** What an event makes of the record. Pure: no machine is needed to know what a failed boot means. */
import type { Deployment, DeploymentId } from '../../formats/deployment/deployment.js';
import { findDeployment, type DeploymentRecord } from '../../formats/deployment/record.js';
import { RootsealError } from '../../util/errors.js';
import type { Event } from './event.js';
import { chooseRollback, loaderDefault, lowestSequence, prune, rollbackAfter } from './roles.js';

/**
 * The record after an event; the same object when nothing changes.
 * @throws {RootsealError} UNCHANGED when there is nothing to do, FAILED or PATH_NOT_FOUND when it must not or cannot be done
 */
export function decide(record: DeploymentRecord, event: Event): DeploymentRecord {
  if (isUpkeep(event)) return keepUp(record, event);
  switch (event.is) {
    case 'deploy':
      return deploy(record, event);
    case 'finalize':
      return finalize(record);
    case 'rollback':
      return rollback(record);
    case 'undeploy':
      return undeploy(record, event.id);
    case 'pin':
      return pin(record, event.id, event.pinned);
    case 'bless':
      return bless(record, event.id, event.time);
    case 'fail':
      return fail(record, event);
    case 'observe':
      return observe(record, event);
  }
}

type Upkeep = Extract<Event, { readonly is: 'rename-kernel' | 'prune' | 'repair' }>;

function isUpkeep(event: Event): event is Upkeep {
  return ['rename-kernel', 'prune', 'repair'].includes(event.is);
}

/** What concerns no single deployment's part. */
function keepUp(record: DeploymentRecord, event: Upkeep): DeploymentRecord {
  switch (event.is) {
    case 'rename-kernel':
      return event.ids.reduce(
        (next, id) => update(next, id, (one) => ({ ...one, kernel: event.kernel })),
        record,
      );
    case 'prune':
      return prune(record);
    case 'repair':
      return record;
  }
}

function deploy(
  record: DeploymentRecord,
  event: Extract<Event, { readonly is: 'deploy' }>,
): DeploymentRecord {
  const { deployment, staged, floor = record.floor } = event;
  const { deployments } = dropStaged(record);
  const serial = record.serial + 1;
  const added: DeploymentRecord = {
    ...record,
    serial,
    floor: Math.min(record.floor, floor),
    staged: staged ? deployment.id : null,
    deployments: [{ ...deployment, serial }, ...deployments],
  };
  return staged ? added : becomeDefault(added, deployment.id, record);
}

/** What was only staged never had a boot entry, so nobody misses it. */
function dropStaged(record: DeploymentRecord): DeploymentRecord {
  const { staged } = record;
  if (staged === null) return record;
  const deployments = record.deployments.filter(({ id }) => id !== staged);
  return { ...record, staged: null, deployments };
}

function becomeDefault(
  record: DeploymentRecord,
  id: DeploymentId,
  before: DeploymentRecord,
): DeploymentRecord {
  const next = { ...record, staged: null, default: id };
  return { ...next, rollback: rollbackAfter(next, before) };
}

function finalize(record: DeploymentRecord): DeploymentRecord {
  if (record.staged === null) throw new RootsealError('UNCHANGED', 'nothing is staged');
  return becomeDefault(record, record.staged, record);
}

function rollback(record: DeploymentRecord): DeploymentRecord {
  const target = findDeployment(record, record.rollback);
  if (target === undefined)
    throw new RootsealError('FAILED', 'there is no other deployment to roll back to', {
      hint: '`rootseal status` lists the deployments',
    });
  const serial = record.serial + 1;
  const dropped = dropStaged(record);
  const others = dropped.deployments.filter(({ id }) => id !== target.id);
  const next = {
    ...dropped,
    serial,
    default: target.id,
    deployments: [{ ...target, serial }, ...others],
  };
  return { ...next, rollback: chooseRollback(next, record.default) };
}

function undeploy(record: DeploymentRecord, id: DeploymentId): DeploymentRecord {
  const deployment = requireDeployment(record, id);
  const refuse = (why: string, hint?: string): never => {
    throw new RootsealError(
      'FAILED',
      `deployment ${id} cannot be removed: ${why}`,
      hint ? { hint } : {},
    );
  };
  if (id === record.booted) refuse('it is running');
  if (id === record.default) refuse('it is the default', 'make another one the default first');
  if (deployment.pinned) refuse('it is pinned', 'unpin it first');
  const goodOnes = record.deployments.filter(({ boots }) => boots === 'good');
  if (deployment.boots === 'good' && goodOnes.length === 1)
    refuse('no other one is known to be good');
  const next = {
    ...record,
    staged: record.staged === id ? null : record.staged,
    deployments: record.deployments.filter((one) => one !== deployment),
  };
  return {
    ...next,
    rollback: record.rollback === id ? chooseRollback(next, null) : record.rollback,
  };
}

/** What is staged has never been the default, and gives way to whatever is staged after it. */
function pin(record: DeploymentRecord, id: DeploymentId, pinned: boolean): DeploymentRecord {
  if (pinned && record.staged === id)
    throw new RootsealError('FAILED', `deployment ${id} is staged, and cannot be pinned yet`, {
      hint: 'pin it when it is the default',
    });
  return update(record, id, (one) => ({ ...one, pinned }));
}

function bless(record: DeploymentRecord, id: DeploymentId, time: string): DeploymentRecord {
  if (record.staged === id)
    throw new RootsealError('FAILED', `deployment ${id} is staged: it was never booted`);
  const next = update(record, id, (deployment) => {
    const { failure, ...rest } = deployment;
    return failure === undefined && rest.boots === 'good'
      ? { ...deployment, blessed: time }
      : { ...rest, boots: 'good', blessed: time };
  });
  const settled =
    next.default !== null && findDeployment(next, next.default)?.boots !== 'bad'
      ? next
      : { ...next, default: loaderDefault(next) };
  const kept = prune(settled);
  return { ...kept, floor: Math.max(kept.floor, lowestSequence(kept)) };
}

function fail(
  record: DeploymentRecord,
  { id, time, reason }: { id: DeploymentId; time: string; reason: string },
): DeploymentRecord {
  const failure = { time, reason };
  const marked = update(record, id, (one) => ({ ...one, boots: 'bad', failure }));
  const next = { ...marked, default: loaderDefault(marked) ?? record.default };
  return { ...next, rollback: chooseRollback(next, record.rollback) };
}

/** Reason of a failure that only the boot loader's counter tells of. */
function neverCameUp(tries: number): string {
  return `it did not finish booting in ${tries} ${tries === 1 ? 'try' : 'tries'}`;
}

function observe(
  record: DeploymentRecord,
  event: Extract<Event, { readonly is: 'observe' }>,
): DeploymentRecord {
  const { booted, exhausted, time } = event;
  let next = record.booted === booted || booted === null ? record : { ...record, booted };
  for (const { id, boots, tries } of record.deployments) {
    if (boots === 'unknown' && exhausted.includes(id) && id !== booted)
      next = fail(next, { id, time, reason: neverCameUp(tries) });
  }
  return next;
}

/** @throws {RootsealError} PATH_NOT_FOUND when there is no such deployment */
export function requireDeployment(record: DeploymentRecord, id: DeploymentId): Deployment {
  const deployment = findDeployment(record, id);
  if (deployment !== undefined) return deployment;
  throw new RootsealError('PATH_NOT_FOUND', `there is no deployment ${id}`, {
    hint: '`rootseal status` lists the deployments',
  });
}

function update(
  record: DeploymentRecord,
  id: DeploymentId,
  change: (deployment: Deployment) => Deployment,
): DeploymentRecord {
  const deployment = requireDeployment(record, id);
  const deployments = record.deployments.map((one) => (one === deployment ? change(one) : one));
  return { ...record, deployments };
}
