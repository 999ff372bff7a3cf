/** Brings in what a plan found missing. Nothing has a name in the repository before everything that it names is there. */
import type { CommitId } from '../formats/commit/commit.js';
import { writeAttestation } from '../repo/attestations.js';
import { attestedRelease } from '../repo/attested-release.js';
import { writeCommit } from '../repo/commits.js';
import { linkImage } from '../repo/images.js';
import { updateRef } from '../repo/refs.js';
import type { Repository } from '../repo/repository.js';
import { writeSeal } from '../repo/seals.js';
import { writeUki } from '../repo/ukis.js';
import { forEachBounded } from '../util/async.js';
import type { Progress } from '../util/progress.js';
import { stopPoint } from '../util/stop-point.js';
import { refOf, type PullPlan } from './pull-plan.js';
import { requireOfRelease } from './pulled-attestations.js';
import { checkOffered, fetchUki, requireUkiSize } from './pulled-uki.js';
import { requireSpace } from './space.js';

/** Objects that are fetched at the same time. */
const PARALLEL = 12;

export interface PullReport {
  readonly id: CommitId;
  /** Objects that came, the image among them. */
  readonly objects: number;
  /** Bytes that came. */
  readonly bytes: number;
}

/**
 * The caller holds the repository's shared lock.
 * @throws {RootsealError} NO_SPACE before anything is fetched; NETWORK, OBJECT_NOT_FOUND, DIGEST_MISMATCH, FORMAT_INVALID with nothing changed
 *   but what the next pull can use
 */
export async function executePull(
  repository: Repository,
  plan: PullPlan,
  progress: Progress,
): Promise<PullReport> {
  const { missing, transport, downloads, request } = plan;
  const sizeMax = request.ukiRules?.sizeMax(plan.tree) ?? 0;
  if (plan.uki !== undefined) requireUkiSize(transport, plan.id, plan.uki, sizeMax);
  requireSpace(repository, missing, downloads, plan.uki?.size);
  stopPoint('pull-planned');
  let bytes = plan.fetched;
  await forEachBounded(missing, PARALLEL, async (wanted) => {
    request.signal?.throwIfAborted();
    await downloads.fetch(wanted, transport, {
      signal: request.signal,
      onBytes: (count) => {
        bytes += count;
        progress({ task: 'fetch', done: bytes, total: plan.bytes, unit: 'bytes' });
      },
    });
  });
  const uki = plan.uki === undefined ? undefined : await fetchUki(transport, plan.id, sizeMax);
  bytes += uki?.length ?? 0;
  await publish(repository, plan, uki, progress);
  downloads.close(true);
  return { id: plan.id, objects: missing.length, bytes };
}

async function publish(
  repository: Repository,
  plan: PullPlan,
  uki: Buffer | undefined,
  progress: Progress,
): Promise<void> {
  const { id, commit, tree, seal, image, missing, downloads, transport, request } = plan;
  const { attestations } = plan;
  const { ukiRules, signal } = request;
  const session = downloads.beginSession();
  // What fails here leaves the session: the next pull takes back what is in it.
  for (const { digest, size } of missing) session.adopt(downloads.file(digest), digest, size);
  await session.publish(progress);
  if (uki !== undefined)
    await checkOffered(transport, id, async () =>
      ukiRules?.check(repository, { id, commit, tree }, uki, signal),
    );
  if (attestations.length > 0) {
    const release = await attestedRelease(repository, { id, commit }, { withUki: false, signal });
    requireOfRelease(transport, release, attestations);
  }
  linkImage(repository, image);
  writeCommit(repository, commit);
  if (uki !== undefined) writeUki(repository, id, uki);
  for (const { kind, bytes } of attestations) writeAttestation(repository, id, kind, bytes);
  if (seal !== undefined) writeSeal(repository, id, seal);
  await updateRef(repository, { ...refOf(request), to: id, from: 'any' });
}
