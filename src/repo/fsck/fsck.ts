/**
 * Checks a whole repository: every object's digest is recomputed, then image ↔ objects ↔ commits ↔ refs ↔ seals.
 *
 * It trusts nothing and stops at nothing: each step adds its findings and the next one goes on with what is good.
 */
import fs from 'node:fs';
import type { Commit, CommitId } from '../../formats/commit/commit.js';
import { parseTypedDigest } from '../../formats/digest-text.js';
import { forEachBounded } from '../../util/async.js';
import type { Digest } from '../../util/digest.js';
import { describeError } from '../../util/errors.js';
import { withPauses } from '../../util/pauses.js';
import type { Progress } from '../../util/progress.js';
import { listCommits, readCommit } from '../commits.js';
import { isReadFailure } from '../damage.js';
import { listImages } from '../images.js';
import { OBJECTS_DIR } from '../layout.js';
import { listLeftovers } from '../leftovers.js';
import { listObjectsInSteps, objectSize } from '../objects.js';
import { listRefs, type Ref } from '../refs.js';
import type { Repository } from '../repository.js';
import { hasVerity } from '../object-verity.js';
import { Workers } from '../work/workers.js';
import type { ObjectProblem } from '../work/jobs.js';
import type { CheckState } from './check-state.js';
import { finding, type Finding, type FsckReport } from './fsck-finding.js';
import { checkAttestations } from './check-attestations.js';
import { checkImages, imagesOfCommits } from './check-images.js';
import { checkSeals } from './check-seals.js';
import { checkUkis } from './check-ukis.js';

/** Objects in one job for a worker. Asking for their sizes first would take longer than an uneven end costs. */
const BATCH_OBJECTS = 32;

export interface CheckOptions {
  readonly progress: Progress;
  /** Ends the check; its reason is what is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/** The caller holds the shared lock. */
export async function checkRepository(
  repository: Repository,
  options: CheckOptions,
): Promise<FsckReport> {
  return (await checkWithSizes(repository, options)).report;
}

export interface SizedReport {
  readonly report: FsckReport;
  /** What images and commits say that objects have at most, in bytes. */
  readonly sizes: ReadonlyMap<Digest, number>;
}

/** `checkRepository` for whoever reads the objects of another repository next. */
export async function checkWithSizes(
  repository: Repository,
  options: CheckOptions,
): Promise<SizedReport> {
  const findings: Finding[] = [];
  const { digests, strays } = await withPauses(listObjectsInSteps(repository), options.signal);
  const commits = checkCommits(repository, findings);
  const refs = checkRefs(repository, commits, findings);
  const images = imagesOfCommits(repository, commits, findings);
  const sizes = sizesOfImages(repository, commits);
  const wanted = { digests, images: [...images.keys()], sizes };
  const read = await readObjects(repository, wanted, options);
  const state: CheckState = {
    repository,
    findings,
    present: new Set(digests),
    problems: read.problems,
    contents: read.contents,
    signal: options.signal,
    commits,
    refs,
  };
  await checkImages(state, images);
  checkSeals(state);
  await checkUkis(state);
  await checkAttestations(state);
  reportStrays(repository, strays, findings);
  const report = {
    objects: digests.length,
    bytes: read.bytes,
    commits: commits.size,
    images: images.size,
    findings,
  };
  return { report, sizes };
}

/** The images of commits, with the sizes that those say. */
function sizesOfImages(
  repository: Repository,
  commits: ReadonlyMap<CommitId, Commit>,
): Map<Digest, number> {
  const sizes = new Map<Digest, number>();
  for (const commit of commits.values()) {
    const { algorithm, digest } = parseTypedDigest(commit.image);
    if (algorithm === repository.algorithm) raise(sizes, digest, commit.imageSize);
  }
  return sizes;
}

function raise(sizes: Map<Digest, number>, digest: Digest, size: number): void {
  sizes.set(digest, Math.max(size, sizes.get(digest) ?? 0));
}

interface ReadObjects {
  readonly problems: Map<Digest, ObjectProblem>;
  readonly contents: Map<Digest, readonly Digest[]>;
  bytes: number;
}

interface WantedObjects {
  readonly digests: readonly Digest[];
  readonly images: readonly Digest[];
  /** Gets what the images say. */
  readonly sizes: Map<Digest, number>;
}

/**
 * Reads every object on all cores: images are decoded, and then the digests of all are recomputed. What is longer than they say is
 * not read.
 */
async function readObjects(
  repository: Repository,
  { digests, images, sizes }: WantedObjects,
  { progress, signal }: CheckOptions,
): Promise<ReadObjects> {
  const read: ReadObjects = { problems: new Map(), contents: new Map(), bytes: 0 };
  const setup = {
    algorithm: repository.algorithm,
    objectsDir: repository.file(OBJECTS_DIR),
    stagingDir: undefined,
    requireVerity: hasVerity(repository),
  };
  const workers = new Workers(setup, signal);
  try {
    workers.expect(digests.length);
    await forEachBounded(images, workers.depth, async (image) => {
      const objects = await workers.inspect(image);
      if (objects === undefined) return;
      for (const [digest, size] of objects) raise(sizes, digest, size);
      read.contents.set(image, [...objects.keys()].sort());
    });
    const total = sizeOfAll(repository, digests, sizes);
    await forEachBounded(batches(digests), workers.depth, async (batch) => {
      const { problems, bytes } = await workers.verify(
        batch.map((digest) => ({ digest, sizeMax: sizes.get(digest) })),
      );
      for (const problem of problems) read.problems.set(problem.digest, problem);
      read.bytes += bytes;
      progress({ task: 'fsck', done: Math.min(read.bytes, total), total, unit: 'bytes' });
    });
    progress({ task: 'fsck', done: total, total, unit: 'bytes' });
  } finally {
    await workers.close();
  }
  return read;
}

/** What is read, in bytes; of objects that no image names, their size. */
function sizeOfAll(
  repository: Repository,
  digests: readonly Digest[],
  sizes: ReadonlyMap<Digest, number>,
): number {
  return digests.reduce(
    (sum, digest) => sum + (sizes.get(digest) ?? objectSize(repository, digest) ?? 0),
    0,
  );
}

function* batches(digests: readonly Digest[]): Generator<readonly Digest[], void, undefined> {
  for (let start = 0; start < digests.length; start += BATCH_OBJECTS)
    yield digests.slice(start, start + BATCH_OBJECTS);
}

function checkCommits(repository: Repository, findings: Finding[]): Map<CommitId, Commit> {
  const commits = new Map<CommitId, Commit>();
  const { ids, strays } = listCommits(repository);
  for (const id of ids) {
    try {
      commits.set(id, readCommit(repository, id));
    } catch (error) {
      if (!isReadFailure(error)) throw error;
      findings.push(finding('commit-damaged', id, describeError(error)));
    }
  }
  for (const name of strays)
    findings.push(finding('stray', `commits/${name}`, 'not the name of a commit'));
  return commits;
}

function checkRefs(
  repository: Repository,
  commits: ReadonlyMap<CommitId, Commit>,
  findings: Finding[],
): readonly Ref[] {
  const { refs, damaged } = listRefs(repository);
  for (const { file, message } of damaged) findings.push(finding('ref-damaged', file, message));
  for (const ref of refs) {
    if (commits.has(ref.commit)) continue;
    findings.push(
      finding(
        'ref-dangling',
        `${ref.kind} ${ref.name}`,
        `it names commit ${ref.commit}, which is missing or damaged`,
      ),
    );
  }
  return refs;
}

function reportStrays(
  repository: Repository,
  strays: readonly string[],
  findings: Finding[],
): void {
  for (const name of strays)
    findings.push(finding('stray', `${OBJECTS_DIR}/${name}`, 'not the name of an object'));
  for (const name of listImages(repository).strays)
    findings.push(finding('stray', `images/${name}`, 'not the name of an image'));
  for (const name of listLeftovers(repository)) {
    const size = fs.statSync(repository.file(`tmp/${name}`), { throwIfNoEntry: false });
    if (size === undefined) continue;
    findings.push(
      finding(
        'leftover',
        `tmp/${name}`,
        'left by a writer that was interrupted; the next one removes it',
      ),
    );
  }
}
