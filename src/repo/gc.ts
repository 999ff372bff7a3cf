/**
 * Removes what no branch, tag or deployment reaches.
 *
 * It runs under the exclusive lock, so no commit is half made and no reader holds an object. Names go before what they
 * name: unified kernel images, attestations and seals, then commits, then image links, then objects. So a kill in the middle leaves
 * unreachable things, never a name without its object.
 */
import fs from 'node:fs';
import { isCommitId, type CommitId } from '../formats/commit/commit.js';
import type { Digest } from '../util/digest.js';
import { RootsealError } from '../util/errors.js';
import { pauser, withPauses } from '../util/pauses.js';
import type { Steps } from '../util/steps.js';
import type { Progress } from '../util/progress.js';
import { stopPoint } from '../util/stop-point.js';
import { attestationsSize, listAttestations, removeAttestations } from './attestations.js';
import { commitFile, hasCommit, listCommits } from './commits.js';
import { syncDirectory } from './durable.js';
import { listImages } from './images.js';
import {
  ATTESTATIONS_DIR,
  COMMITS_DIR,
  DEPLOYMENTS_DIR,
  IMAGES_DIR,
  imageLink,
  objectFile,
  SEALS_DIR,
  UKIS_DIR,
} from './layout.js';
import { listLeftovers, removeLeftovers } from './leftovers.js';
import { listObjectsInSteps, objectSize } from './objects.js';
import {
  reachedCommits,
  usedObjects,
  type ReachedCommit,
  type ReachOptions,
  type UseOptions,
} from './reach.js';
import { listRefs } from './refs.js';
import type { Repository } from './repository.js';
import { listUkis, removeUki, ukiSize } from './ukis.js';

/** What goes, or would go. */
export interface GcReport {
  readonly commits: readonly CommitId[];
  readonly seals: readonly string[];
  /** Commits whose unified kernel image goes. */
  readonly ukis: readonly CommitId[];
  /** Commits whose attestations go. */
  readonly attestations: readonly CommitId[];
  readonly images: readonly Digest[];
  readonly objects: readonly Digest[];
  /** Bytes of the objects. */
  readonly bytes: number;
  /** Bytes of the unified kernel images. */
  readonly ukiBytes: number;
  /** Bytes of the attestations. */
  readonly attestationBytes: number;
  readonly leftovers: readonly string[];
  readonly kept: { readonly commits: number; readonly objects: number };
}

export interface GcOptions extends ReachOptions {
  /** Called under the lock before anything is looked for, unless it is a dry run. */
  readonly prepare?: () => Promise<void>;
  readonly dryRun?: boolean;
  readonly progress: Progress;
  /** Ends it between two removals; its reason is what is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * @throws {RootsealError} LOCKED when a commit or a reader is at work; OBJECT_CORRUPT, with nothing removed, when a
 *   reachable commit or image is damaged, because what it needs is then unknown
 */
export async function collectGarbage(
  repository: Repository,
  options: GcOptions,
): Promise<GcReport> {
  repository.requireWritable();
  const lock = await repository.lock('exclusive', { wait: false });
  try {
    if (options.dryRun !== true) await options.prepare?.();
    const report = await findGarbage(repository, options);
    if (options.dryRun !== true) await removeGarbage(repository, report, options);
    return report;
  } finally {
    lock.release();
  }
}

async function findGarbage(repository: Repository, options: GcOptions): Promise<GcReport> {
  const { progress, signal } = options;
  requireGoodRefs(repository);
  const reached = reachedCommits(repository, options);
  const commits = new Set(reached.map(({ id }) => id));
  const used = await findUsed(repository, reached, { progress, signal });
  const listed = await withPauses(listObjectsInSteps(repository), signal);
  const objects = listed.digests.filter((digest) => !used.has(digest));
  const ukis = listUkis(repository).ids.filter((id) => !commits.has(id));
  const attestations = listAttestations(repository).ids.filter((id) => !commits.has(id));
  return {
    commits: listCommits(repository).ids.filter((id) => !commits.has(id)),
    seals: fs
      .readdirSync(repository.file(SEALS_DIR))
      .filter((id) => isCommitId(id) && !commits.has(id)),
    images: listImages(repository).digests.filter((digest) => used.get(digest)?.role !== 'image'),
    objects,
    ukis,
    attestations,
    bytes: await withPauses(sizeOfAll(repository, objects), signal),
    ukiBytes: ukis.reduce((sum, id) => sum + (ukiSize(repository, id) ?? 0), 0),
    attestationBytes: attestations.reduce((sum, id) => sum + attestationsSize(repository, id), 0),
    leftovers: listLeftovers(repository),
    kept: { commits: commits.size, objects: used.size },
  };
}

function* sizeOfAll(repository: Repository, objects: readonly Digest[]): Steps<number> {
  let bytes = 0;
  for (const digest of objects) {
    bytes += objectSize(repository, digest) ?? 0;
    yield;
  }
  return bytes;
}

async function findUsed(
  repository: Repository,
  reached: readonly ReachedCommit[],
  options: UseOptions,
): ReturnType<typeof usedObjects> {
  try {
    return await usedObjects(repository, reached, options);
  } catch (error) {
    if (!(error instanceof RootsealError) || error.code !== 'OBJECT_NOT_FOUND') throw error;
    throw refuse(`an image that is to stay is missing (${error.message})`);
  }
}

/** What a damaged ref needs is unknown, and it may still be repaired. */
function requireGoodRefs(repository: Repository): void {
  const { refs, damaged } = listRefs(repository);
  const [first] = damaged;
  if (first !== undefined)
    throw refuse(
      `${first.file} is damaged`,
      isDeploymentFile(first.file) ? DEPLOYMENT_HINT : undefined,
    );
  for (const { kind, name, commit } of refs) {
    if (!hasCommit(repository, commit))
      throw refuse(
        `${kind} ${name} names commit ${commit}, which is missing`,
        kind === 'deployment' ? LOST_COMMIT_HINT : undefined,
      );
  }
}

const REF_HINT =
  'run `rootseal fsck`; set the branch or tag again or delete it, or undeploy the deployment';
const DEPLOYMENT_HINT =
  'run `rootseal repair` on the host whose repository it is: it writes the file again, or removes it when there is no such deployment; if it is not that of a host, remove the file';
const LOST_COMMIT_HINT =
  'run `rootseal repair` on the host whose repository it is: it removes what is not deployed; fetch the commit with `rootseal fsck --repair DIR`, or undeploy the deployment';

function isDeploymentFile(file: string): boolean {
  return file === DEPLOYMENTS_DIR || file.startsWith(`${DEPLOYMENTS_DIR}/`);
}

function refuse(what: string, hint = REF_HINT): RootsealError {
  return new RootsealError(
    'OBJECT_CORRUPT',
    `${what}, so what it needs is unknown and nothing was removed`,
    { hint },
  );
}

async function removeGarbage(
  repository: Repository,
  report: GcReport,
  { progress, signal }: GcOptions,
): Promise<void> {
  for (const id of report.ukis) removeUki(repository, id);
  for (const id of report.attestations) removeAttestations(repository, id);
  for (const id of report.seals) fs.rmSync(repository.file(`${SEALS_DIR}/${id}`), { force: true });
  stopPoint('seals-removed');
  for (const id of report.commits) fs.rmSync(commitFile(repository, id), { force: true });
  stopPoint('commits-removed');
  for (const digest of report.images)
    fs.rmSync(repository.file(imageLink(digest)), { force: true });
  stopPoint('images-removed');
  const changed = [
    SEALS_DIR,
    COMMITS_DIR,
    IMAGES_DIR,
    ...(report.ukis.length > 0 ? [UKIS_DIR] : []),
    ...(report.attestations.length > 0 ? [ATTESTATIONS_DIR] : []),
  ];
  for (const directory of changed) syncDirectory(repository.file(directory));
  stopPoint('names-flushed');
  let done = 0;
  const pause = pauser(signal);
  for (const digest of report.objects) {
    // Recursive, because a damaged store may hold a directory there.
    fs.rmSync(repository.file(objectFile(digest)), { force: true, recursive: true });
    stopPoint('object-removed');
    progress({ task: 'gc', done: ++done, total: report.objects.length, unit: 'objects' });
    await pause.takeIfDue();
  }
  await removeLeftovers(repository);
}
