/** Brings a host to what its origin has: looks, fetches, stages. */
import type { Commit, CommitId } from '../formats/commit/commit.js';
import { findDeployment, type DeploymentRecord } from '../formats/deployment/record.js';
import type { Deployment, Origin } from '../formats/deployment/deployment.js';
import type { SealTrust } from '../formats/seal/verify.js';
import { findKernel } from '../disk/kernel.js';
import { readRemote, type Remote } from '../remote/config.js';
import { planPull, type PullPlan } from '../remote/plan.js';
import { executePull } from '../remote/pull.js';
import { loadTrust } from '../release/trust.js';
import { readRef } from '../repo/refs.js';
import type { Repository } from '../repo/repository.js';
import { readRevision } from '../repo/read-tree.js';
import { RootsealError } from '../util/errors.js';
import { deploy, previousOf } from './deploy.js';
import { forgetFinalizeFailure } from './finalize.js';
import { sendToJournal } from './journal.js';
import { writeLastCheck } from './last-check.js';
import { printOrigin } from './origin.js';
import type { Change, Session } from './record/session.js';
import { BOOT_ENTRY_SIZE, requireSpace } from './space.js';
import { requireNotOlder } from './trust.js';
import { trustOf } from './image-policy.js';

export interface UpgradeRequest {
  /** A new origin; that of what is deployed when absent. */
  readonly origin?: Origin | undefined;
  /** How far to go. */
  readonly until: 'check' | 'download' | 'stage';
  /** Whether what was downloaded before is staged, without asking the origin. */
  readonly fromDownloaded: boolean;
  readonly allowDowngrade: boolean;
  readonly retry: boolean;
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
}

/**
 * Seal and policy are checked before anything is fetched but commit, seal and image; space before contents are.
 * @throws {RootsealError} UNCHANGED when there is nothing new; SEAL_*, DIGEST_MISMATCH; NO_SPACE; NETWORK; LOCKED
 */
export async function upgrade(session: Session, request: UpgradeRequest): Promise<UpgradeResult> {
  const origin = request.origin ?? requireOrigin(session.record);
  const repository = session.sysroot.repository();
  const remote = readRemote(repository, origin.remote);
  if (request.fromDownloaded) return stageDownloaded(session, repository, origin, request);
  const trust = await trustFor(session, repository, remote);
  const plan = await planPull(repository, {
    remote,
    branch: origin.branch,
    trust,
    signal: request.signal,
    say: request.say,
    judge: (id, commit) => {
      judge(session.record, request, id, commit);
    },
  });
  try {
    const found = foundOf(plan, origin);
    writeLastCheck(session.sysroot, {
      time: session.time(),
      origin,
      commit: plan.id,
      release: plan.commit.version,
    });
    if (request.until === 'check') return { found, change: undefined };
    requireSpaceFor(session, plan);
    await executePull(repository, plan, session.progress);
    if (request.until === 'download') return { found, change: undefined };
    return { found, change: await stage(session, request, origin, plan.id) };
  } finally {
    plan.downloads.close(false);
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
  { sysroot, record }: Session,
  repository: Repository,
  { keys, policy }: Remote,
): Promise<SealTrust | undefined> {
  if (sysroot.isHost || keys !== undefined || policy !== undefined)
    return loadTrust({ keys, policy });
  const standard = findDeployment(record, record.default);
  if (standard === undefined) return undefined;
  return trustOf(repository, (await readRevision(repository, standard.commit)).tree);
}

/** Whether a commit is worth fetching. Its own words are enough to say no. */
function judge(
  record: DeploymentRecord,
  request: UpgradeRequest,
  id: CommitId,
  commit: Commit,
): void {
  const current = previousOf(record);
  if (request.origin === undefined && current !== undefined && current.name !== commit.name)
    throw new RootsealError(
      'SEAL_UNTRUSTED',
      `the origin has ${commit.name}, and this host is ${current.name}`,
      { hint: '`rootseal switch` changes to another system' },
    );
  if (current?.commit === id && current.boots !== 'bad')
    throw new RootsealError('UNCHANGED', `${describe(commit)} is deployed already`, {
      details: { commit: id },
    });
  refuseFailed(record.deployments, request.retry, id, commit);
  if (!request.allowDowngrade) requireNotOlder(record, commit, id);
}

function refuseFailed(
  deployments: readonly Deployment[],
  retry: boolean,
  id: CommitId,
  commit: Commit,
): void {
  const failed = deployments.find((one) => one.commit === id && one.boots === 'bad');
  if (failed === undefined || retry) return;
  throw new RootsealError(
    'UNCHANGED',
    `${describe(commit)} was tried on this host and failed: ${failed.failure?.reason ?? 'unknown reason'}`,
    { details: { commit: id }, hint: '--retry takes it again' },
  );
}

function describe({ name, version }: Commit): string {
  return `${name} ${version}`;
}

function foundOf({ id, commit, missing, bytes }: PullPlan, origin: Origin): Found {
  const { name, version, sequence } = commit;
  return { origin, id, name, release: version, sequence, objects: missing.length, bytes };
}

/** Of what is fetched: the root file system gets all of it, and the ESP a kernel that is new. Staging looks once more. */
function requireSpaceFor({ sysroot, record }: Session, { missing, tree }: PullPlan): void {
  requireSpace(
    {
      place: 'the root file system',
      directory: sysroot.directory,
      files: missing.map(({ size }) => size),
    },
    record,
  );
  const { vmlinuz, initrd } = findKernel(tree, undefined);
  const coming = new Set<string>(missing.map(({ digest }) => digest));
  const isNew = [vmlinuz, initrd].some(({ digest }) => digest !== undefined && coming.has(digest));
  const kernel = isNew ? [vmlinuz.size, initrd.size] : [];
  requireSpace(
    { place: 'the ESP', directory: sysroot.boot, files: [...kernel, BOOT_ENTRY_SIZE] },
    record,
  );
}

async function stage(
  session: Session,
  request: UpgradeRequest,
  origin: Origin,
  revision: string,
): Promise<Change> {
  const { allowDowngrade, retry } = request;
  const change = await deploy(session, { revision, staged: true, origin, allowDowngrade, retry });
  forgetFinalizeFailure(session.sysroot);
  return change;
}

async function stageDownloaded(
  session: Session,
  repository: Repository,
  origin: Origin,
  request: UpgradeRequest,
): Promise<UpgradeResult> {
  const id = readRef(repository, 'remote', printOrigin(origin));
  if (id === undefined)
    throw new RootsealError('UNCHANGED', `nothing of ${printOrigin(origin)} was downloaded`);
  const { commit } = await readRevision(repository, id);
  judge(session.record, request, id, commit);
  const { name, version, sequence } = commit;
  const found = { origin, id, name, release: version, sequence, objects: 0, bytes: 0 };
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
