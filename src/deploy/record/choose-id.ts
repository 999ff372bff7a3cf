/** What a new deployment is called: after its image, so that the boot program finds its state. */
import type { DeploymentId } from '../../formats/deployment/deployment.js';
import { findDeployment, type DeploymentRecord } from '../../formats/deployment/record.js';
import { describeError, RootsealError } from '../../util/errors.js';
import { decide } from '../plan/decide.js';
import type { Session } from './session.js';

type Known = Pick<Session, 'record' | 'sysroot'>;

/** The image's own digits, with a number when there is a deployment of it already. */
export function freeId({ record, sysroot }: Known, hex: string): DeploymentId {
  const taken = new Set(record.deployments.map(({ id }) => id));
  if (sysroot.booted !== undefined) taken.add(sysroot.booted.id);
  for (let number = 0; number < 10_000; number++) {
    const id = number === 0 ? hex : `${hex}.${number}`;
    if (!taken.has(id)) return id;
  }
  throw new RootsealError('FAILED', `there are 10,000 deployments of image ${hex}`);
}

/**
 * The command line of a unified kernel image names no state, so its state has the image's own digits: a deployment that is called so has to
 * go first.
 * @throws {RootsealError} FAILED when it cannot go
 */
export function requireReplaceable({ record, sysroot }: Known, id: DeploymentId): void {
  const old = findDeployment(record, id);
  const isRunning = old === undefined && sysroot.booted?.id === id;
  const problem = isRunning
    ? `deployment ${id} cannot be removed: it is running`
    : old && problemOf(record, id);
  if (problem === undefined) return;
  throw new RootsealError(
    'FAILED',
    `this image is deployed already, and a unified kernel image has one state only: ${problem}`,
    {
      details: { deployment: id },
      hint: '`rootseal rollback` goes back to what is deployed; another release can be deployed with --uki',
    },
  );
}

function problemOf(record: DeploymentRecord, id: DeploymentId): string | undefined {
  try {
    decide(record, { is: 'undeploy', id });
    return undefined;
  } catch (error) {
    if (!(error instanceof RootsealError)) throw error;
    return describeError(error);
  }
}
