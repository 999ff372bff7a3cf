/** The end of the running system: what is staged becomes the default, with `/etc` as it is now. */
import path from 'node:path';
import { timeProblem } from '../../formats/time.js';
import { deploymentId } from '../../formats/deployment/deployment.js';
import { parseJsonDocument } from '../../formats/json-document.js';
import { flag, matching, required, requireShape, text } from '../../formats/shape.js';
import { removeTree } from '../../linux/remove.js';
import { syncDirectory } from '../../repo/durable.js';
import { describeError, isSystemError, RootsealError } from '../../util/errors.js';
import { stopPoint } from '../../util/stop-point.js';
import { joinChanges } from '../record/join-changes.js';
import type { Sysroot } from '../host/sysroot.js';
import { sendToJournal } from '../journal/journal-entry.js';
import { requireDeployment } from '../plan/decide.js';
import type { Change, Session } from '../record/session.js';
import { requireStartableDeployment } from '../startable/check-startable.js';
import { readStateFile, writeStateFile } from '../state/state-file.js';

const STAMP_FILE = 'state/finalize-failed.json';
const STAMP_SIZE_MAX = 1 << 16;
const MESSAGE_MAX = 4000;

/** Left by a shutdown that could not do it. */
export interface FinalizeFailure {
  readonly time: string;
  /** What was staged. */
  readonly id: string;
  readonly error: string;
  /** Whether a boot has told of it. */
  readonly reported: boolean;
}

/**
 * @returns nothing when nothing is staged
 * @throws {RootsealError} whatever goes wrong leaves the old default, and a stamp
 */
export async function finalizeStaged(session: Session): Promise<Change | undefined> {
  const { sysroot } = session;
  // One that was killed before the boot entry was written is staged again by this.
  const ended = session.record.intent === null ? [] : [await session.apply({ is: 'repair' })];
  const { staged } = session.record;
  if (staged === null) return undefined;
  try {
    const deployment = requireDeployment(session.record, staged);
    await requireStartableDeployment(sysroot, session.record, deployment, session.signal);
    const change = joinChanges([...ended, await session.apply({ is: 'finalize' })]);
    stopPoint('staged-finalized');
    forgetFinalizeFailure(sysroot);
    return change;
  } catch (error) {
    const failure = {
      time: session.time(),
      id: staged,
      error: describeError(error)
        .replaceAll(/\p{Cc}/gu, '?')
        .slice(0, MESSAGE_MAX),
      reported: false,
    };
    writeStamp(sysroot, failure);
    stopPoint('failure-stamped');
    sendToJournal({
      id: 'FINALIZE_FAILED',
      message: `the staged deployment did not become the default: ${failure.error}`,
      fields: { ROOTSEAL_DEPLOYMENT: failure.id },
    });
    throw error;
  }
}

/** The stamp of the last shutdown, if it failed. A damaged stamp is one of a failure, too. */
export function readFinalizeFailure(sysroot: Sysroot): FinalizeFailure | undefined {
  try {
    const bytes = readStateFile(sysroot.file(STAMP_FILE), STAMP_SIZE_MAX);
    if (bytes === undefined) return undefined;
    const value = parseJsonDocument('finalize-failed.json', bytes, STAMP_SIZE_MAX);
    requireShape('finalize-failed.json', value, {
      time: required(text(timeProblem)),
      id: required(deploymentId),
      error: required(matching(/^[^\p{Cc}]*$/u, 'one line')),
      reported: required(flag),
    });
    return value as unknown as FinalizeFailure;
  } catch (error) {
    if (!(error instanceof RootsealError)) throw error;
    return {
      time: '1970-01-01T00:00:00Z',
      id: '',
      error: `the stamp is damaged (${error.message})`,
      reported: false,
    };
  }
}

/**
 * What went wrong with the last one is history, whatever lies in the place of the stamp. A stamp that cannot be removed is told again, and
 * stops nothing.
 */
export function forgetFinalizeFailure(sysroot: Sysroot): void {
  const stamp = sysroot.file(STAMP_FILE);
  try {
    removeTree(stamp);
    syncDirectory(path.dirname(stamp));
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}

/** One that is damaged is told once, and says nothing that is worth keeping. */
export function markReported(sysroot: Sysroot, failure: FinalizeFailure): void {
  if (failure.id === '') {
    forgetFinalizeFailure(sysroot);
    return;
  }
  writeStamp(sysroot, { ...failure, reported: true });
}

function writeStamp(sysroot: Sysroot, failure: FinalizeFailure): void {
  writeStateFile(sysroot, STAMP_FILE, `${JSON.stringify(failure)}\n`);
}
