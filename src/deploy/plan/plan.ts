/** From a record and an event to the next record and the steps towards it. Pure. */
import {
  findDeployment,
  type DeploymentRecord,
  type Roles,
} from '../../formats/deployment/record.js';
import { decide } from './decide.js';
import type { Event } from './event.js';
import { entryId, reconcile } from './reconcile.js';
import type { Action, World } from './world.js';

export interface Plan {
  /** With the intent, until the step `settle`. */
  readonly record: DeploymentRecord;
  readonly actions: readonly Action[];
}

/**
 * @param record the record on disk; what an interrupted change left is taken up first
 * @param time `YYYY-MM-DDThh:mm:ssZ`, for the intent
 * @throws {RootsealError} as `decide` does
 */
export function plan(record: DeploymentRecord, event: Event, world: World, time: string): Plan {
  const begun = resume(record, world);
  const decided = decide(begun, event);
  const actions = reconcile(begun, decided, world);
  if (actions.length === 0 && decided === record) return { record, actions };
  const next = { ...decided, intent: { verb: event.is, time, before: rolesIn(begun) } };
  return { record: next, actions: reconcile(begun, next, world) };
}

/**
 * Where an interrupted change stands. Nearly all of them are simply ended. The exception: a shutdown that did not come to
 * write the boot entry. The old system ran on since, so the `/etc` that was merged is out of date; the deployment is staged
 * again.
 */
export function resume(record: DeploymentRecord, world: World): DeploymentRecord {
  const { intent } = record;
  if (intent?.verb !== 'finalize') return record;
  const { default: standard, staged, rollback } = intent.before;
  const deployment = findDeployment(record, staged);
  if (deployment === undefined || record.default !== staged) return record;
  if (world.entries.some(({ id, isEmpty }) => id === entryId(deployment) && !isEmpty))
    return record;
  return { ...record, default: standard, staged, rollback };
}

function rolesIn({ default: standard, staged, rollback, booted }: DeploymentRecord): Roles {
  return { default: standard, staged, rollback, booted };
}
