/**
 * Puts right what differs from the record: boot entries, kernels, state directories. A record that is lost or damaged is made
 * again from `deployment.json` of each deployment.
 */
import fs from 'node:fs';
import {
  DEPLOYMENT_SIZE_MAX,
  parseDeployment,
  type Deployment,
} from '../../formats/deployment/deployment.js';
import { writingProblem } from '../../formats/deployment/bootable.js';
import {
  EMPTY_RECORD,
  findDeployment,
  recordProblem,
  type DeploymentRecord,
} from '../../formats/deployment/record.js';
import { hasCommit } from '../../repo/commits.js';
import { describeError, hasErrno, isInterruption, RootsealError } from '../../util/errors.js';
import { stopPoint } from '../../util/stop-point.js';
import type { CommitId } from '../../formats/commit/commit.js';
import { architectureOf, loaderIn } from '../../disk/kernel.js';
import { readWholeContent } from '../../repo/read-tree.js';
import { readFirmwareKeys, type FirmwareKeys } from '../boot-loader/firmware-keys.js';
import { restoreLoader, type LoaderRepair } from '../boot-loader/restore-loader.js';
import { observeBoot } from './boot-outcome.js';
import { statBeneath } from '../host/beneath.js';
import type { Sysroot } from '../host/sysroot.js';
import { joinChanges } from '../record/join-changes.js';
import { forgetLosses, listLosses } from '../state/lost.js';
import { chooseRollback, loaderDefault } from '../plan/roles.js';
import type { Change, Session, SessionOptions } from '../record/session.js';
import { withSession } from '../record/with-session.js';
import { LOST_DIR, moveToLost, readStateFile } from '../state/state-file.js';
import type { LeftOut } from '../record/salvage.js';
import { DEPLOY_DIR, listDeploymentIds, loadRecord, readFloor, salvage } from '../record/store.js';
import { startProblems } from '../startable/check-startable.js';
import { restoreUki } from '../startable/restore-uki.js';
import { restoreStartable } from '../startable/restore.js';
import { describeDeployment } from '../../formats/deployment/describe.js';

export interface Repair {
  /** What was done before and besides the steps of the plan, a line each. */
  readonly restored: readonly string[];
  readonly change: Change;
  /** What was gone and has been made again, now or earlier, and nobody has said that it is known. */
  readonly losses: readonly string[];
  /** What is wrong still, one sentence each. */
  readonly problems: readonly string[];
  /** Whether the record was made again, and why. */
  readonly rebuilt: string | undefined;
  /** Deployments that could not be kept in it, and why. */
  readonly leftOut: readonly LeftOut[];
  /** Deployments that it does not know any more; their state was moved to `state/lost`. */
  readonly lost: readonly string[];
}

interface Found {
  readonly record: DeploymentRecord;
  readonly rebuilt: string | undefined;
  readonly leftOut: readonly LeftOut[];
}

/** @throws {RootsealError} as the steps do */
export async function repair(
  sysroot: Sysroot,
  options: SessionOptions & { readonly acknowledge?: boolean },
): Promise<Repair> {
  let found: Found | undefined;
  const load = (where: Sysroot): DeploymentRecord => {
    found = findRecord(where);
    return found.record;
  };
  return withSession(
    sysroot,
    { ...options, thorough: true },
    async (session) => {
      const { rebuilt, leftOut = [] } = found ?? {};
      const isOther = rebuilt !== undefined || leftOut.length > 0;
      const lost = isOther ? setAside(sysroot, session.record) : [];
      if (isOther) saveAnew(session);
      if (options.acknowledge === true) forgetLosses(sysroot);
      const moved = clearStates(session);
      const restored = await restoreStartable(sysroot, session.record, session);
      for (const deployment of session.record.deployments)
        if (await restoreUki(session.revisions, sysroot.boot, deployment))
          restored.push(`copied the unified kernel image of ${deployment.id} from the ESP`);
      // Whoever takes note of something puts right what he finds: both say what was done.
      const observed = await observeBoot(session);
      const change = joinChanges([observed, await session.apply({ is: 'repair' })]);
      const loader = await repairLoader(session);
      const [problems, losses] = [await remainingProblems(session), listLosses(sysroot)];
      return {
        restored: [...moved, ...restored, ...loader.done],
        change,
        rebuilt,
        leftOut,
        lost,
        losses,
        problems: [...problems, ...loader.problems],
      };
    },
    load,
  );
}

/** The record as it is; else without what cannot be kept in it; else a new one. */
function findRecord(sysroot: Sysroot): Found {
  try {
    const salvaged = salvage(sysroot);
    if (salvaged !== undefined) return { rebuilt: undefined, ...salvaged };
    return { record: loadRecord(sysroot), rebuilt: undefined, leftOut: [] };
  } catch (error) {
    if (!(error instanceof RootsealError) || error.code !== 'FORMAT_INVALID') throw error;
    const why = error.cause instanceof Error ? error.cause.message : error.message;
    return { record: rebuildRecord(sysroot), rebuilt: why, leftOut: [] };
  }
}

/** Whatever is not a directory in the place of a state goes to `state/lost`, so that the state can be made again. */
function clearStates({ sysroot, record }: Session): string[] {
  const isObstacle = (path: string) =>
    !['directory', undefined].includes(statBeneath({ root: sysroot.directory, path })?.type);
  const places = record.deployments.map(({ id }) => `${DEPLOY_DIR}/${id}`).filter(isObstacle);
  for (const place of places) {
    moveToLost(sysroot, place);
    stopPoint('state-set-aside');
  }
  return places.map((place) => `moved ${place}, which was not a directory, to ${LOST_DIR}`);
}

/** Only firmware of the machine that runs can be asked what it starts. */
async function repairLoader(session: Session): Promise<LoaderRepair> {
  const { sysroot, record } = session;
  const standard = findDeployment(record, record.default);
  const keys = sysroot.isHost ? readFirmwareKeys() : undefined;
  if (keys?.isEnforced !== true || standard === undefined) return { done: [], problems: [] };
  try {
    return await restoreLoaderOf(session, standard, keys);
  } catch (error) {
    if (isInterruption(error) || !(error instanceof RootsealError)) throw error;
    return { done: [], problems: [`the boot loader of the release: ${describeError(error)}`] };
  }
}

async function restoreLoaderOf(
  session: Session,
  standard: Deployment,
  keys: FirmwareKeys,
): Promise<LoaderRepair> {
  const { sysroot, revisions } = session;
  const { tree } = await revisions.read(standard.commit);
  const architecture = await architectureOf(revisions.repository, tree);
  const file = loaderIn(tree, architecture);
  const release = file && (await readWholeContent(revisions.repository, file));
  return restoreLoader({ boot: sysroot.boot, architecture, release, keys });
}

/** What no repair can put right, or nobody has asked for. */
async function remainingProblems({ sysroot, record, signal }: Session): Promise<string[]> {
  const problems: string[] = [];
  for (const deployment of record.deployments)
    for (const problem of await startProblems(sysroot, record, deployment, signal))
      problems.push(`${describeDeployment(deployment)}: ${problem}`);
  return problems;
}

function saveAnew(session: Session): void {
  session.saveAnew();
  stopPoint('record-rebuilt');
}

/** Moves the state of deployments that no record can be made of to where nothing removes it. */
function setAside(sysroot: Sysroot, record: DeploymentRecord): string[] {
  const unknown = listDeploymentIds(sysroot).filter(
    (id) =>
      findDeployment(record, id) === undefined &&
      fs.existsSync(sysroot.file(`${DEPLOY_DIR}/${id}/etc`)),
  );
  for (const id of unknown) {
    moveToLost(sysroot, `${DEPLOY_DIR}/${id}`);
    stopPoint('state-set-aside');
  }
  return unknown;
}

/** A record from what lies in `state/deploy`. What was staged is not known any more, and so becomes one among the others. */
export function rebuildRecord(sysroot: Sysroot): DeploymentRecord {
  const repository = sysroot.repository();
  const found = listDeploymentIds(sysroot)
    .flatMap((id) => readDeployment(sysroot, id))
    .filter(({ commit }) => hasCommit(repository, commit as CommitId))
    .sort((a, b) => b.serial - a.serial);
  const deployments = withOwnSerials(found);
  const all: DeploymentRecord = {
    ...EMPTY_RECORD,
    serial: deployments[0]?.serial ?? 0,
    floor: readFloor(sysroot) ?? 0,
    booted: sysroot.booted?.id ?? null,
    deployments,
  };
  const record = { ...all, default: loaderDefault(all) };
  const complete = { ...record, rollback: chooseRollback(record, null) };
  const problem = recordProblem(complete);
  if (problem === undefined) return complete;
  throw new RootsealError(
    'FORMAT_INVALID',
    `no record can be made of ${sysroot.file(DEPLOY_DIR)}: ${problem}`,
  );
}

/** One whose file is lost or damaged cannot be booted from a record. */
function readDeployment(sysroot: Sysroot, id: string): Deployment[] {
  try {
    const place = sysroot.file(`${DEPLOY_DIR}/${id}`);
    // Without `/etc` it was staged, and never the default.
    if (!fs.existsSync(`${place}/etc`)) return [];
    const bytes = readStateFile(`${place}/deployment.json`, DEPLOYMENT_SIZE_MAX);
    if (bytes === undefined) return [];
    const deployment = parseDeployment(bytes);
    return deployment.id === id && writingProblem(deployment) === undefined ? [deployment] : [];
  } catch (error) {
    const isDamaged = error instanceof RootsealError && error.code === 'FORMAT_INVALID';
    if (isDamaged || hasErrno(error, 'EIO')) return [];
    throw error;
  }
}

/** Two with one serial can be there after an interrupted rollback; the second gets the next lower one that is free. */
function withOwnSerials(sorted: readonly Deployment[]): Deployment[] {
  const serials: number[] = [];
  let above = Infinity;
  for (const { serial } of sorted) {
    above = Math.min(serial, above - 1);
    serials.push(above);
  }
  const lift = Math.max(0, 1 - (serials.at(-1) ?? 1));
  return sorted.map((one, index) => ({ ...one, serial: (serials[index] ?? 1) + lift }));
}
