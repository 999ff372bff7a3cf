/** Makes a commit of the repository a deployment. */
import fs from 'node:fs';
import { TRIES_MAX } from '../../formats/boot-loader/entry.js';
import { titleOf } from '../../formats/deployment/boot-entry.js';
import {
  isUnified,
  type Deployment,
  type DeploymentId,
  type Origin,
} from '../../formats/deployment/deployment.js';
import { findDeployment, type DeploymentRecord } from '../../formats/deployment/record.js';
import { requireBootable } from '../../disk/require-bootable.js';
import { architectureOf } from '../../disk/kernel.js';
import { requireStartable } from '../../disk/lint/lint.js';
import { lintRevision } from '../../disk/lint/lint-revision.js';
import { objectsOf } from '../../formats/tree/tree-objects.js';
import type { Certificate } from '../../formats/x509/certificate.js';
import { imageOf } from '../../repo/images.js';
import { PresentObjects } from '../../repo/present-objects.js';
import type { Revision } from '../../repo/read-tree.js';
import { isIntegerIn } from '../../util/checks.js';
import { RootsealError } from '../../util/errors.js';
import { withPauses } from '../../util/pauses.js';
import { NO_CHANGES, type ArgumentChanges } from '../image/arguments.js';
import { isToBeUnified, sizesOf, startSeparate, startUnified, type Start } from '../image/start.js';
import { firmwareOf } from '../boot-loader/firmware.js';
import { readEsp } from '../boot-loader/read-esp.js';
import { requireFoundByType } from '../install/root-type.js';
import { freeId, requireReplaceable } from '../record/choose-id.js';
import { joinChanges } from '../record/join-changes.js';
import type { Change, Session } from '../record/session.js';
import { DEPLOY_DIR } from '../record/store.js';
import { directorySizes } from '../space/directory-sizes.js';
import type { EtcConflict } from '../etc/merge-trees.js';
import { requireMergeable } from '../etc/preflight.js';
import { failedHere } from './failed-here.js';
import { isSignedAnew } from './signed-anew.js';
import { BOOT_ENTRY_SIZE, requireSpace } from '../space/require.js';
import { isProven, requireGoodPlace } from '../startable/check-startable.js';
import { objectProblems } from '../startable/startable-image.js';
import { withPackages } from '../image/packages-since.js';
import { hostTrust, requireNotOlder, requireTrusted } from '../image/deployable.js';

/** Boots that a new deployment may fail before it counts as bad. */
export const DEFAULT_TRIES = 3;

export interface DeployRequest {
  readonly revision: string;
  /** Whether it waits for the end of the running system. */
  readonly staged: boolean;
  /** Where upgrades come from; that of the deployment before when absent. */
  readonly origin?: Origin | undefined;
  readonly changes?: ArgumentChanges;
  /** Arguments that an installation needs, in place of those of the deployment before. */
  readonly install?: readonly string[];
  readonly allowDowngrade?: boolean;
  /** Whether an image that failed here is tried again. */
  readonly retry?: boolean;
  readonly tries?: number | undefined;
  /** Whether an image that no machine would start is taken; what this host trusts holds all the same. */
  readonly force?: boolean;
  /** Whether it starts from the unified kernel image of the commit; as the deployment before when absent. */
  readonly uki?: boolean | undefined;
  /** Which may vouch for what of a unified kernel image no seal does. */
  readonly certificates?: readonly Certificate[] | undefined;
}

/**
 * Everything is checked before anything is changed. What is deployed from its unified kernel image goes before it is deployed again so
 * (`requireReplaceable`): that is two changes, and what the second fails at, such as a full disk, leaves the first. One that was only
 * signed anew stays, and gets the new signatures.
 * @throws {RootsealError} SEAL_*, DIGEST_MISMATCH when the seal is refused; NO_SPACE; UNCHANGED when it is deployed already;
 *   FAILED_HERE when it failed on this host; PATH_NOT_FOUND when the tree has no kernel, or the commit no unified kernel image
 */
export async function deploy(session: Session, request: DeployRequest): Promise<Change> {
  const changes = [await session.apply({ is: 'prune' })];
  const { deployment, conflicts, remarks, isResigned } = await prepareDeployment(session, request);
  const { id, kernel } = deployment;
  if (isResigned) {
    changes.push(await session.apply({ is: 'rename-kernel', ids: [id], kernel }));
    return joinChanges(changes);
  }
  // Only of a unified kernel image: all others get an id that nothing has.
  if (findDeployment(session.record, id) !== undefined)
    changes.push(await session.apply({ is: 'undeploy', id }));
  const { staged, force = false, certificates } = request;
  const floor = request.allowDowngrade === true ? { floor: deployment.sequence } : {};
  changes.push(
    await session.apply({ is: 'deploy', deployment, staged, force, certificates, ...floor }),
  );
  const joined = joinChanges(changes);
  return {
    ...joined,
    remarks: [...remarks, ...joined.remarks],
    conflictsToCome: conflicts.length,
  };
}

/**
 * A further deployment of the same commit with another command line.
 * @throws {RootsealError} PATH_NOT_FOUND when what is to be taken away is not there; else as `deploy`
 */
export async function changeArguments(
  session: Session,
  changes: ArgumentChanges,
  staged: boolean,
): Promise<Change> {
  const { commit, tries } = requirePrevious(session.record);
  return deploy(session, { revision: commit, staged, changes, tries });
}

/** @throws {RootsealError} USAGE */
export function requireTries(tries: number | undefined): number | undefined {
  if (tries === undefined || isIntegerIn(tries, 0, TRIES_MAX)) return tries;
  throw new RootsealError('USAGE', `--tries takes a number from 0 to ${TRIES_MAX}`);
}

interface Prepared {
  readonly deployment: Deployment;
  /** In `/etc`, if it became the default now; none where it does at once, because the merge tells them. */
  readonly conflicts: readonly EtcConflict[];
  /** What somebody asked for and does not get, one sentence each. */
  readonly remarks: readonly string[];
  /** Whether it is what goes before it, with other signatures. */
  readonly isResigned: boolean;
}

/** Checks what can be checked, and says what the deployment will be. */
async function prepareDeployment(session: Session, request: DeployRequest): Promise<Prepared> {
  const { sysroot, record, revisions } = session;
  const { repository } = revisions;
  const revision = await revisions.read(request.revision, session.signal);
  const { id: commitId, commit } = revision;
  const trust = await hostTrust(sysroot, revisions, record);
  const force = request.force === true;
  const keys = await requireTrusted(repository, revision, trust, { force });
  const previous = previousOf(record);
  // What this one continues was allowed when it was deployed, and the floor went down with it.
  const isAllowed = previous?.commit === commitId && commit.sequence >= record.floor;
  if (request.allowDowngrade !== true && !isAllowed) requireNotOlder(record, commit, commitId);
  await requireStartableImage(session, revision, force);
  const { id, start } = await chooseStart(session, revision, request, keys.length > 0);
  const origin = request.origin ?? previous?.origin;
  const deployment: Deployment = {
    id,
    serial: record.serial + 1,
    commit: commitId,
    image: commit.image,
    name: commit.name,
    release: commit.version,
    sequence: commit.sequence,
    title: titleOf(commit),
    kernel: start.kernel,
    arguments: start.arguments,
    ...(origin === undefined ? {} : { origin }),
    keys,
    pinned: false,
    boots: 'unknown',
    tries: request.tries ?? DEFAULT_TRIES,
    created: session.time(),
  };
  requireBootable(deployment);
  if (await isSignedAnew(session, previous, deployment)) {
    await requireRoom(session, deployment);
    return { deployment, conflicts: [], remarks: [], isResigned: true };
  }
  refuseKnown(record, deployment, request.retry === true);
  if (isUnified(deployment)) requireReplaceable(session, id);
  await requireRoom(session, deployment);
  // What is not staged is merged right away.
  const conflicts = request.staged ? await checkMerge(session, revision) : [];
  const counted = await withPackages(session, deployment, revision.tree);
  return { deployment: counted, conflicts, remarks: start.remarks, isResigned: false };
}

/** Kernel, command line, and the name that goes with them. */
async function chooseStart(
  session: Session,
  revision: Revision,
  { uki, certificates, install = [], changes = NO_CHANGES }: DeployRequest,
  isSealed: boolean,
): Promise<{ readonly id: DeploymentId; readonly start: Start }> {
  const { record, revisions, sysroot } = session;
  const { repository } = revisions;
  const previous = previousOf(record);
  const hex = imageOf(repository, revision.commit).digest;
  const wishes = { previous, install, changes, etc: currentEtc(session) };
  if (isToBeUnified(uki, previous)) {
    if (sysroot.isHost)
      await requireFoundByType(sysroot.directory, await architectureOf(repository, revision.tree));
    const asked = { firmware: firmwareOf(sysroot), isSealed, certificates };
    return { id: hex, start: await startUnified(repository, revision, asked, wishes) };
  }
  const id = freeId(session, hex);
  // A unified kernel image has no words of this machine: those of before hold again.
  const worded = previous && (isUnified(previous) ? newestSeparate(record) : previous);
  const own = { ...wishes, previous: worded };
  return { id, start: await startSeparate(repository, revision, id, own) };
}

function newestSeparate({ deployments }: DeploymentRecord): Deployment | undefined {
  return deployments.find((one) => !isUnified(one));
}

/** Its files, its objects, and what is in the way of its state. */
async function requireStartableImage(
  { sysroot, record, revisions, signal }: Session,
  revision: Revision,
  force: boolean,
): Promise<void> {
  const { id, commit, tree } = revision;
  const { repository } = revisions;
  const current = findDeployment(record, record.booted) ?? findDeployment(record, record.default);
  requireGoodPlace(sysroot, commit.name, current);
  const needed = new Set(objectsOf(tree));
  const [missing] = objectProblems(
    await withPauses(new PresentObjects(repository).missing(needed), signal),
  );
  if (missing !== undefined)
    throw new RootsealError('OBJECT_NOT_FOUND', `commit ${id}: ${missing}`, {
      details: { commitId: id },
    });
  if (force || isProven(record, { commit: id })) return;
  const findings = await lintRevision(repository, revision);
  requireStartable(findings, '`rootseal deploy --force` makes it bootable anyway');
}

async function checkMerge(
  { sysroot, record, revisions, signal }: Session,
  { tree }: Revision,
): Promise<readonly EtcConflict[]> {
  const current = findDeployment(record, record.booted) ?? findDeployment(record, record.default);
  if (current === undefined) return [];
  const { tree: base } = await revisions.read(current.commit, signal);
  const mine = { root: sysroot.directory, path: `${DEPLOY_DIR}/${current.id}/etc` };
  return requireMergeable({ repository: revisions.repository, base, mine, theirs: tree, signal });
}

/** The deployment that the next one continues: what is staged, else the default. */
export function previousOf(record: DeploymentRecord): Deployment | undefined {
  return findDeployment(record, record.staged) ?? findDeployment(record, record.default);
}

/** @throws {RootsealError} PATH_NOT_FOUND when nothing was ever deployed */
export function requirePrevious(record: DeploymentRecord): Deployment {
  const previous = previousOf(record);
  if (previous !== undefined) return previous;
  throw new RootsealError('PATH_NOT_FOUND', 'nothing is deployed here yet');
}

function refuseKnown(record: DeploymentRecord, deployment: Deployment, retry: boolean): void {
  const same = (other: Deployment | undefined) =>
    other?.commit === deployment.commit && sameStart(other, deployment);
  const failed = record.deployments.find((one) => one.boots === 'bad' && same(one));
  if (failed !== undefined && !retry)
    throw failedHere(failed, '`rootseal deploy --retry` takes it again');
  const current = previousOf(record);
  if (current?.boots !== 'bad' && same(current))
    throw new RootsealError('UNCHANGED', `release ${deployment.release} is deployed already`, {
      details: { commitId: deployment.commit },
    });
}

/** Whether two deployments start alike, apart from their own names on the command line. */
function sameStart(a: Deployment, b: Deployment): boolean {
  const line = (one: Deployment) =>
    one.arguments
      .filter(({ from }) => from !== 'rootseal')
      .map(({ value }) => value)
      .join(' ');
  if (isUnified(a) !== isUnified(b) || line(a) !== line(b)) return false;
  // Of the same commit, kernel and initramfs are the same whatever they are called; of these, stub and signatures may differ.
  return !isUnified(a) || a.kernel.hash === b.kernel.hash;
}

/** Kernel and boot entry on the ESP; `/etc`, and `/var` the first time, on the root file system. */
async function requireRoom(session: Session, { kernel }: Deployment): Promise<void> {
  const { sysroot, record, signal } = session;
  const { boot } = sysroot;
  const isThere = readEsp(boot).kernels.some(
    ({ name, complete }) => complete && name === kernel.hash,
  );
  const files = isThere ? [] : sizesOf(kernel);
  requireSpace({ place: 'the ESP', directory: boot, files: [...files, BOOT_ENTRY_SIZE] }, record);
  const previous = findDeployment(record, record.booted) ?? findDeployment(record, record.default);
  const mine =
    previous === undefined
      ? []
      : await withPauses(directorySizes(sysroot.file(`${DEPLOY_DIR}/${previous.id}/etc`)), signal);
  requireSpace(
    { place: 'the root file system', directory: sysroot.directory, files: mine },
    record,
  );
}

/** Where the machine's `/etc` is now; undefined before the first deployment. */
function currentEtc({ sysroot, record }: Session): string | undefined {
  const current = findDeployment(record, record.booted) ?? findDeployment(record, record.default);
  if (current === undefined) return undefined;
  if (current.id === sysroot.booted?.id) return '/etc';
  const directory = sysroot.file(`${DEPLOY_DIR}/${current.id}/etc`);
  // Made by the boot program where the image wants `/etc` as an overlay.
  const upper = `${directory}/upper`;
  return fs.existsSync(upper) ? upper : directory;
}
