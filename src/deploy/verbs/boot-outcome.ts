/** What boots come to: the running one was good or not, and others never came up. */
import { findDeployment, type DeploymentRecord } from '../../formats/deployment/record.js';
import type { DeploymentId } from '../../formats/deployment/deployment.js';
import { RootsealError } from '../../util/errors.js';
import { joinChanges } from '../record/join-changes.js';
import { readEsp } from '../boot-loader/read-esp.js';
import { markReported, readFinalizeFailure } from './finalize.js';
import { entryId } from '../plan/reconcile.js';
import type { Change, Session } from '../record/session.js';

/** Takes note of what is running and of what the boot loader has given up. Ends what was interrupted. */
export async function observeBoot(session: Session): Promise<Change> {
  const { sysroot, record } = session;
  const used = new Set(
    readEsp(sysroot.boot)
      .entries.filter(({ name }) => name.counter?.left === 0)
      .map(({ name }) => name.id),
  );
  const exhausted = record.deployments.filter((one) => used.has(entryId(one))).map(({ id }) => id);
  return session.apply({
    is: 'observe',
    booted: sysroot.booted?.id ?? null,
    exhausted,
    time: session.time(),
  });
}

/**
 * Marks a deployment good: its boots are not counted any more, and the sequence floor rises.
 * @param id the running one when absent
 * @throws {RootsealError} NOT_BOOTED when none is running; PATH_NOT_FOUND when the record does not know it
 */
export async function bless(session: Session, id?: DeploymentId): Promise<Change> {
  const wanted = id ?? runningId(session);
  const observed = await observeBoot(session);
  const blessed = await session.apply({ is: 'bless', id: wanted, time: session.time() });
  return joinChanges([observed, blessed]);
}

/** Marks the running deployment bad. @throws as `bless` */
export async function failBoot(session: Session, reason: string): Promise<Change> {
  const id = runningId(session);
  return session.apply({ is: 'fail', id, time: session.time(), reason });
}

/** Whether the boot loader has another deployment than the running one that is known to be good. */
export function hasGoodFallback(record: DeploymentRecord, running: DeploymentId): boolean {
  return record.deployments.some(
    ({ id, boots }) => boots === 'good' && id !== running && id !== record.staged,
  );
}

function runningId({ sysroot }: Session): DeploymentId {
  const id = sysroot.booted?.id;
  if (id !== undefined) return id;
  throw new RootsealError('NOT_BOOTED', `nothing of ${sysroot.directory} is running`, {
    hint: 'name a deployment: `rootseal status` lists them',
  });
}

/**
 * A boot is complete: what runs is good. Where nothing does, as on the disk of another machine, only what the boot loader has given up is
 * taken note of.
 * @throws {RootsealError} FAILED when the shutdown before could not finalize what was staged: what runs is blessed all the same
 */
export async function completeBoot(session: Session): Promise<Change> {
  const isRunning = session.sysroot.booted !== undefined;
  const change = isRunning ? await bless(session) : await observeBoot(session);
  const failure = readFinalizeFailure(session.sysroot);
  if (failure === undefined || failure.reported) return change;
  markReported(session.sysroot, failure);
  const known = findDeployment(change.record, failure.id);
  throw new RootsealError(
    'FAILED',
    `at ${failure.time} the staged deployment ${known?.release ?? failure.id} did not become the default: ${failure.error}`,
    { hint: 'it is still staged; `rootseal finalize-staged` shows what is wrong' },
  );
}
