/** Brings a host to what its origin has: looks, fetches, stages. */
import type { Commit, CommitId } from '../../formats/commit/commit.js';
import type { PackagesSince } from '../../formats/packages/counts.js';
import type { DeploymentRecord } from '../../formats/deployment/record.js';
import { isUnified, type Deployment, type Origin } from '../../formats/deployment/deployment.js';
import type { SealTrust } from '../../formats/seal/verify.js';
import { filesOfTree } from '../../disk/image-files.js';
import { findKernel, type Kernel } from '../../disk/kernel.js';
import { readRemote, type Remote } from '../../remote/remotes.js';
import { UKI_RULES } from '../../disk/uki/uki-rules.js';
import { noUnifiedKernel } from '../../disk/unified-kernel.js';
import { plannedFiles } from '../../remote/planned-files.js';
import { planPull, type PullPlan } from '../../remote/pull-plan.js';
import { executePull } from '../../remote/pull.js';
import { loadTrust } from '../../release/trust.js';
import type { ContentFiles } from '../../repo/packages/content-files.js';
import { readRef } from '../../repo/refs.js';
import { RootsealError } from '../../util/errors.js';
import { deploy, previousOf } from './deploy.js';
import { failedHere } from './failed-here.js';
import { forgetFinalizeFailure } from './finalize.js';
import { sendToJournal } from '../journal/journal-entry.js';
import { writeLastCheck } from '../state/last-check.js';
import { printOrigin } from '../record/origin.js';
import type { Change, Session } from '../record/session.js';
import { BOOT_ENTRY_SIZE, requireSpace } from '../space/require.js';
import { packagesSinceCurrent } from '../image/packages-since.js';
import {
  hostTrust,
  requireNotOlder,
  requireOwnTrust,
  requireTrusted,
} from '../image/deployable.js';
import { isToBeUnified } from '../image/start.js';

export interface UpgradeRequest {
  /** A new origin; that of what is deployed when absent. */
  readonly origin?: Origin | undefined;
  /** How far to go. */
  readonly until: 'check' | 'download' | 'stage';
  /** Whether what was downloaded before is staged, without asking the origin. */
  readonly fromDownloaded: boolean;
  readonly allowDowngrade: boolean;
  readonly retry: boolean;
  /** Whether it waits for the end of the running system to become the default. */
  readonly staged: boolean;
  /** Whether it starts from the unified kernel image of the commit; as what is deployed when absent. */
  readonly uki: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told one line when the remote does not answer and is asked again. */
  readonly say?: (line: string) => void;
}

/** What the origin has. */
export interface Found {
  readonly origin: Origin;
  readonly id: CommitId;
  readonly name: string;
  readonly release: string;
  readonly sequence: number;
  /** Objects and bytes that are to come, or came. */
  readonly objects: number;
  readonly bytes: number;
}

export interface UpgradeResult {
  readonly found: Found;
  /** Undefined unless something was staged. */
  readonly change: Change | undefined;
  /** The deployment that is this release already; undefined when the release is new. */
  readonly current?: Deployment;
  /** What it changes against what runs; undefined where that is not known. */
  readonly packages?: PackagesSince | undefined;
}

/** Ends an upgrade before anything is fetched: the newest release is what this host has. */
class AlreadyHere extends RootsealError {
  readonly found: Found;
  readonly current: Deployment;

  constructor(found: Found, current: Deployment) {
    super('UNCHANGED', `${found.name} ${found.release} is deployed already`);
    this.found = found;
    this.current = current;
  }
}

/**
 * Seal and policy are checked before anything is fetched but commit, seal and image; space before contents are.
 * @throws {RootsealError} FAILED_HERE when the release failed on this host; SEAL_*, DIGEST_MISMATCH; PATH_NOT_FOUND when it has no unified
 *   kernel image, and is to be started from it; NO_SPACE; NETWORK; LOCKED; UNCHANGED when there is nothing that was downloaded
 */
export async function upgrade(session: Session, request: UpgradeRequest): Promise<UpgradeResult> {
  try {
    return await bringUpToDate(session, request);
  } catch (error) {
    if (!(error instanceof AlreadyHere)) throw error;
    const { found, current } = error;
    if (current.id === session.record.staged) await requireStillTrusted(session, current);
    return { found, change: undefined, current };
  }
}

/** What is staged is asked again at shutdown: keys may have been revoked since. @throws {RootsealError} as `requireTrusted` */
async function requireStillTrusted(
  { sysroot, revisions, record, signal }: Session,
  { commit }: Deployment,
): Promise<void> {
  const revision = await revisions.read(commit, signal);
  const host = await hostTrust(sysroot, revisions, record);
  await requireTrusted(revisions.repository, revision, host);
}

async function bringUpToDate(session: Session, request: UpgradeRequest): Promise<UpgradeResult> {
  const origin = request.origin ?? requireOrigin(session.record);
  const repository = session.sysroot.repository();
  const remote = readRemote(repository, origin.remote);
  if (request.fromDownloaded) return stageDownloaded(session, origin, request);
  const trust = await trustFor(session, remote);
  const plan = await planPull(repository, {
    remote,
    branch: origin.branch,
    trust,
    ukiRules: UKI_RULES,
    signal: request.signal,
    say: request.say,
    judge: (id, commit) => {
      const found = foundOf(origin, id, commit);
      // Its seal was accepted when it was deployed.
      if (session.record.deployments.some((one) => one.commit === id)) noteCheck(session, found);
      judge(session.record, request, found);
    },
    judgeUki: (id, hasUki) => {
      if (!hasUki && isUnifiedAfter(session, request)) throw noUnifiedKernel(id);
    },
  });
  try {
    const { id, commit, missing, bytes } = plan;
    const found = foundOf(origin, id, commit, { objects: missing.length, bytes });
    noteCheck(session, found);
    if (request.until === 'check') {
      const files = plannedFiles(repository, plan);
      await requireBootable(session, plan, files, request);
      return { found, change: undefined, packages: await packagesSinceCurrent(session, files) };
    }
    requireSpaceFor(session, plan, isUnifiedAfter(session, request));
    await executePull(repository, plan, session.progress);
    if (request.until === 'download') return { found, change: undefined };
    return { found, change: await stage(session, request, origin, plan.id) };
  } finally {
    plan.downloads.close(false);
  }
}

/** Whether the image would accept its own seal when it boots, as staging asks; nothing but its files about trust is fetched. */
async function requireBootable(
  { sysroot }: Session,
  { id, commit, tree, seal }: PullPlan,
  planned: ContentFiles,
  { say }: UpgradeRequest,
): Promise<void> {
  const repository = sysroot.repository();
  const files = {
    ...filesOfTree(repository, tree),
    read: (path: string, limit: number) => planned.read(path, limit),
  };
  try {
    await requireOwnTrust(repository, { id, commit }, files, seal);
  } catch (error) {
    if (!(error instanceof RootsealError) || error.code !== 'UNSUPPORTED') throw error;
    say?.(`whether the image accepts its own seal is asked when it is staged: ${error.message}`);
  }
}

/** @throws {RootsealError} USAGE when nothing says where upgrades come from */
function requireOrigin(record: DeploymentRecord): Origin {
  const origin = previousOf(record)?.origin;
  if (origin !== undefined) return origin;
  throw new RootsealError('USAGE', 'this host has no origin', {
    hint: '`rootseal remote add NAME URL`, then `rootseal switch NAME/BRANCH`',
  });
}

/** The remote's own keys and policy where it has some; else those of the host. */
async function trustFor(
  { sysroot, record, revisions }: Session,
  { keys, policy }: Remote,
): Promise<SealTrust | undefined> {
  if (sysroot.isHost || keys !== undefined || policy !== undefined)
    return loadTrust({ keys, policy });
  return hostTrust(sysroot, revisions, record);
}

/** Takes note of what the origin had, for `status`. */
function noteCheck(session: Session, { origin, id, release }: Found): void {
  writeLastCheck(session.sysroot, { time: session.time(), origin, commit: id, release });
}

/** Whether a commit is worth fetching. Its own words are enough to say no. */
function judge(record: DeploymentRecord, request: UpgradeRequest, found: Found): void {
  const current = previousOf(record);
  const { id, name, sequence } = found;
  if (request.origin === undefined && current !== undefined && current.name !== name)
    throw new RootsealError(
      'SEAL_UNTRUSTED',
      `the origin has ${name}, and this host is ${current.name}`,
      { hint: '`rootseal switch` changes to another system' },
    );
  if (current?.commit === id && current.boots !== 'bad' && !isOther(request, current))
    throw new AlreadyHere(found, current);
  const failed = record.deployments.find((one) => one.commit === id && one.boots === 'bad');
  if (failed !== undefined && !request.retry) throw failedHere(failed, '--retry takes it again');
  if (!request.allowDowngrade) requireNotOlder(record, { name, sequence }, id);
}

/** Somebody wants the same release to start in the other way. */
function isOther({ uki }: UpgradeRequest, current: Deployment): boolean {
  return uki !== undefined && uki !== isUnified(current);
}

function foundOf(
  origin: Origin,
  id: CommitId,
  { name, version, sequence }: Commit,
  toFetch = { objects: 0, bytes: 0 },
): Found {
  return { origin, id, name, release: version, sequence, ...toFetch };
}

/** Whether what comes is to be started from its unified kernel image. */
function isUnifiedAfter({ record }: Session, { uki }: UpgradeRequest): boolean {
  return isToBeUnified(uki, previousOf(record));
}

/** Of what is fetched: the root file system gets all of it, and the ESP what is started and is new. Staging looks once more. */
function requireSpaceFor({ sysroot, record }: Session, plan: PullPlan, isUnified: boolean): void {
  const kernel = findKernel(plan.tree, undefined);
  const uki = ukiSizes(plan, kernel);
  requireSpace(
    {
      place: 'the root file system',
      directory: sysroot.directory,
      files: [...plan.missing.map(({ size }) => size), ...uki],
    },
    record,
  );
  const started = isUnified ? uki : separateSizes(plan, kernel);
  requireSpace(
    { place: 'the ESP', directory: sysroot.boot, files: [...started, BOOT_ENTRY_SIZE] },
    record,
  );
}

/** Bytes of the unified kernel image that comes; of one whose size nobody says, those that it has at least. */
function ukiSizes({ uki }: PullPlan, { vmlinuz, initrd }: Kernel): number[] {
  return uki === undefined ? [] : [uki.size ?? vmlinuz.size + initrd.size];
}

/** Bytes of kernel and initramfs, when one of them comes. */
function separateSizes({ missing }: PullPlan, { vmlinuz, initrd }: Kernel): number[] {
  const coming = new Set<string>(missing.map(({ digest }) => digest));
  const isNew = [vmlinuz, initrd].some(({ digest }) => digest !== undefined && coming.has(digest));
  return isNew ? [vmlinuz.size, initrd.size] : [];
}

async function stage(
  session: Session,
  request: UpgradeRequest,
  origin: Origin,
  revision: string,
): Promise<Change> {
  const { allowDowngrade, retry, staged, uki } = request;
  const change = await deploy(session, { revision, staged, origin, allowDowngrade, retry, uki });
  forgetFinalizeFailure(session.sysroot);
  return change;
}

async function stageDownloaded(
  session: Session,
  origin: Origin,
  request: UpgradeRequest,
): Promise<UpgradeResult> {
  const { revisions } = session;
  const id = readRef(revisions.repository, 'remote', printOrigin(origin));
  if (id === undefined)
    throw new RootsealError('UNCHANGED', `nothing of ${printOrigin(origin)} was downloaded`);
  const { commit } = await revisions.read(id);
  const found = foundOf(origin, id, commit);
  judge(session.record, request, found);
  return { found, change: await stage(session, request, origin, id) };
}

/** Tells the journal of something newer that was only looked at. */
export function tellAvailable({ name, release, id, bytes }: Found): void {
  sendToJournal({
    id: 'UPGRADE_AVAILABLE',
    message: `${name} ${release} is available: ${bytes} bytes to fetch`,
    fields: { ROOTSEAL_NAME: name, ROOTSEAL_RELEASE: release, ROOTSEAL_COMMIT: id },
  });
}

/** Tells the journal when what the origin has is refused. */
export function tellRefusal(error: unknown): void {
  if (!(error instanceof RootsealError)) return;
  const isRefusal = ['SEAL_MISSING', 'SEAL_INVALID', 'SEAL_UNTRUSTED', 'DIGEST_MISMATCH'];
  if (isRefusal.includes(error.code))
    sendToJournal({ id: 'UPGRADE_REFUSED', message: error.message });
}
