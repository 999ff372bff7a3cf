/** From a record and an event to the next record and the steps towards it. Pure. */
import { requireBootable } from '../../disk/require-bootable.js';
import { writingProblem } from '../../formats/deployment/bootable.js';
import type { Deployment } from '../../formats/deployment/deployment.js';
import {
  findDeployment,
  parseRecord,
  printRecord,
  type DeploymentRecord,
  type Roles,
} from '../../formats/deployment/record.js';
import { decide } from './decide.js';
import type { Event } from './event.js';
import { entryId, reconcile } from './reconcile.js';
import { leaveOut } from './roles.js';
import type { Action, World } from './world.js';

export interface Plan {
  /** With the intent, until the step `settle`. */
  readonly record: DeploymentRecord;
  readonly actions: readonly Action[];
}

/**
 * @param record the record on disk; what an interrupted change left is taken up first, and what cannot be written is left out
 * @param time `YYYY-MM-DDThh:mm:ssZ`, for the intent
 * @throws {RootsealError} as `decide` does; USAGE or FORMAT_INVALID when what is to be could not be carried out
 */
export function plan(record: DeploymentRecord, event: Event, world: World, time: string): Plan {
  const writable = leaveOut(record, (one) => writingProblem(one) !== undefined);
  const begun = resume(writable, world);
  const decided = isDoneAlready(record, writable, event) ? begun : decide(begun, event);
  requireCarriable(begun, decided);
  const actions = reconcile(begun, decided, world);
  if (actions.length === 0 && decided === record) return { record, actions };
  const next = { ...decided, intent: { verb: event.is, time, before: rolesIn(begun) } };
  return { record: next, actions: reconcile(begun, next, world) };
}

/** When the default could not be written and was left out, the one before is the default again: that is rolled back. */
function isDoneAlready(
  record: DeploymentRecord,
  writable: DeploymentRecord,
  event: Event,
): boolean {
  return (
    event.is === 'rollback' && writable.default !== record.default && writable.default !== null
  );
}

/** A record that cannot be read again, or that calls for entries which cannot be written, is never saved. */
function requireCarriable(begun: DeploymentRecord, decided: DeploymentRecord): void {
  if (decided === begun) return;
  const known = new Set(begun.deployments.map(contentOf));
  for (const deployment of decided.deployments)
    if (!known.has(contentOf(deployment))) requireBootable(deployment);
  parseRecord(new TextEncoder().encode(printRecord(decided)));
}

/** What decides whether a deployment can be booted. */
function contentOf({ id, title, arguments: list }: Deployment): string {
  return JSON.stringify([id, title, list]);
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
