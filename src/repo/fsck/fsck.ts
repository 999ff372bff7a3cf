/**
 * Checks a whole repository: every object's digest is recomputed, then image ↔ objects ↔ commits ↔ refs ↔ seals.
 *
 * It trusts nothing and stops at nothing: each step adds its findings and the next one goes on with what is good.
 */
import fs from 'node:fs';
import type { Commit, CommitId } from '../../formats/commit/commit.js';
import { forEachBounded } from '../../util/async.js';
import type { Digest } from '../../util/digest.js';
import { describeError } from '../../util/errors.js';
import type { Progress } from '../../util/progress.js';
import { listCommits, readCommit } from '../commits.js';
import { isReadFailure } from '../damage.js';
import { listImages } from '../images.js';
import { OBJECTS_DIR } from '../layout.js';
import { listLeftovers } from '../leftovers.js';
import { listObjects } from '../objects.js';
import { listRefs, type Ref } from '../refs.js';
import type { Repository } from '../repository.js';
import { hasVerity } from '../verity.js';
import { Workers } from '../work/workers.js';
import type { ObjectProblem } from '../work/jobs.js';
import { finding, type Finding, type FsckReport } from './finding.js';
import { checkImages, imagesOfCommits } from './images.js';
import { checkSeals } from './seals.js';

/** Objects in one job for a worker. Asking for their sizes first would take longer than an uneven end costs. */
const BATCH_OBJECTS = 32;

/** What the steps hand on. */
export interface CheckState {
  readonly repository: Repository;
  readonly findings: Finding[];
  readonly present: ReadonlySet<Digest>;
  readonly problems: ReadonlyMap<Digest, ObjectProblem>;
  /** The objects of every image that could be read. */
  readonly contents: ReadonlyMap<Digest, readonly Digest[]>;
  readonly commits: ReadonlyMap<CommitId, Commit>;
  readonly refs: readonly Ref[];
}

/** The caller holds the shared lock. */
export async function checkRepository(
  repository: Repository,
  progress: Progress,
): Promise<FsckReport> {
  const findings: Finding[] = [];
  const { digests, strays } = listObjects(repository);
  const commits = checkCommits(repository, findings);
  const refs = checkRefs(repository, commits, findings);
  const images = imagesOfCommits(repository, commits, findings);
  const read = await readObjects(repository, { digests, images: [...images.keys()] }, progress);
  const state: CheckState = {
    repository,
    findings,
    present: new Set(digests),
    problems: read.problems,
    contents: read.contents,
    commits,
    refs,
  };
  checkImages(state, images);
  checkSeals(state);
  reportStrays(repository, strays, findings);
  return {
    objects: digests.length,
    bytes: read.bytes,
    commits: commits.size,
    images: images.size,
    findings,
  };
}

interface ReadObjects {
  readonly problems: Map<Digest, ObjectProblem>;
  readonly contents: Map<Digest, readonly Digest[]>;
  bytes: number;
}

/** Reads every object on all cores: digests are recomputed, and images decoded besides. */
async function readObjects(
  repository: Repository,
  wanted: { readonly digests: readonly Digest[]; readonly images: readonly Digest[] },
  progress: Progress,
): Promise<ReadObjects> {
  const read: ReadObjects = { problems: new Map(), contents: new Map(), bytes: 0 };
  const workers = new Workers({
    algorithm: repository.algorithm,
    objectsDir: repository.file(OBJECTS_DIR),
    stagingDir: undefined,
    requireVerity: hasVerity(repository),
  });
  const total = wanted.digests.length;
  let done = 0;
  try {
    workers.expect(total);
    await forEachBounded(jobs(wanted), workers.depth, async (job) => {
      if ('image' in job) {
        const objects = await workers.inspect(job.image);
        if (objects !== undefined) read.contents.set(job.image, objects);
        return;
      }
      const { problems, bytes } = await workers.verify(job.digests);
      for (const problem of problems) read.problems.set(problem.digest, problem);
      read.bytes += bytes;
      done += job.digests.length;
      progress({ task: 'fsck', done, total, unit: 'objects' });
    });
  } finally {
    await workers.close();
  }
  return read;
}

type ReadJob = { readonly image: Digest } | { readonly digests: readonly Digest[] };

/** Images come first: they take longest for their size. */
function* jobs({
  digests,
  images,
}: {
  readonly digests: readonly Digest[];
  readonly images: readonly Digest[];
}): Generator<ReadJob, void, undefined> {
  for (const image of images) yield { image };
  for (let start = 0; start < digests.length; start += BATCH_OBJECTS)
    yield { digests: digests.slice(start, start + BATCH_OBJECTS) };
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
