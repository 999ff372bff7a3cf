/** Back to the deployment before: only to one that can be started. */
import type { Deployment } from '../../formats/deployment/deployment.js';
import { findDeployment } from '../../formats/deployment/record.js';
import type { Change, Session } from '../record/session.js';
import { requireStartableDeployment } from '../startable/check-startable.js';

export interface Rollback {
  readonly change: Change;
  /** The new default, when no boot of it was ever found good here. */
  readonly unproven: Deployment | undefined;
}

/**
 * @param force whether it may be one that cannot be started
 * @throws {RootsealError} as `requireStartableDeployment`, with nothing changed; FAILED when there is nothing to roll back to
 */
export async function rollback(session: Session, force: boolean): Promise<Rollback> {
  const { sysroot, record, signal } = session;
  const target = findDeployment(record, record.rollback);
  if (target !== undefined && !force)
    await requireStartableDeployment(sysroot, record, target, signal);
  const change = await session.apply({ is: 'rollback' });
  const now = findDeployment(change.record, change.record.default);
  return { change, unproven: now?.boots === 'unknown' ? now : undefined };
}
