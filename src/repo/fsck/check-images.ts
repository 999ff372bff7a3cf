/** Images and the objects they name; the place where a bad object gets the paths it belongs to. */
import type { Commit, CommitId } from '../../formats/commit/commit.js';
import { objectsOf, pathsOfObjects } from '../../formats/tree/tree-objects.js';
import type { Tree } from '../../formats/tree/model.js';
import { toDisplay } from '../../util/bytes.js';
import type { Digest } from '../../util/digest.js';
import { describeError, RootsealError } from '../../util/errors.js';
import { isReadFailure } from '../damage.js';
import { imageOf, isLinkedImage, listImages, readImage } from '../images.js';
import type { ObjectProblem } from '../work/jobs.js';
import type { Repository } from '../repository.js';
import type { CheckState } from './check-state.js';
import { finding, type AffectedPaths, type Finding } from './fsck-finding.js';

/** Bad objects and the images that need them, collected over all images. */
type Needs = Map<Digest, { problem: ObjectProblem; affects: AffectedPaths[] }>;

/** Commits that name an image; none for one that is only linked. */
export type ImageOwners = ReadonlyMap<Digest, readonly CommitId[]>;

/** Adds findings for images and objects. */
export async function checkImages(state: CheckState, owners: ImageOwners): Promise<void> {
  const needs: Needs = new Map();
  for (const problem of state.problems.values())
    needs.set(problem.digest, { problem, affects: [] });
  for (const [digest, commits] of owners) await checkImage(state, needs, { digest, commits });
  for (const { problem, affects } of needs.values()) {
    state.findings.push(
      finding(`object-${problem.problem}`, problem.digest, problem.message, affects),
    );
  }
}

/** Every image that a commit names or that is linked, with the commits that name it. */
export function imagesOfCommits(
  repository: Repository,
  commits: ReadonlyMap<CommitId, Commit>,
  findings: Finding[],
): ImageOwners {
  const owners = new Map<Digest, CommitId[]>();
  for (const digest of listImages(repository).digests) owners.set(digest, []);
  for (const [id, commit] of commits) {
    try {
      const { digest } = imageOf(repository, commit);
      owners.set(digest, [...(owners.get(digest) ?? []), id]);
    } catch (error) {
      if (!(error instanceof RootsealError)) throw error;
      findings.push(finding('commit-damaged', id, error.message));
    }
  }
  return owners;
}

interface ImageOwner {
  readonly digest: Digest;
  readonly commits: readonly CommitId[];
}

async function checkImage(state: CheckState, needs: Needs, image: ImageOwner): Promise<void> {
  const affects = (paths: readonly string[]): AffectedPaths[] =>
    affected(state, image.commits, paths);
  if (!state.present.has(image.digest) || isUnreadable(state.problems.get(image.digest))) {
    noteNeed(
      needs,
      state.problems.get(image.digest) ?? missing(image.digest),
      affects(['(the image itself)']),
    );
    return;
  }
  const contents = state.contents.get(image.digest) ?? (await objectsOfDamaged(state, image));
  if (contents === undefined) return;
  if (!isLinkedImage(state.repository, image.digest)) {
    state.findings.push(
      finding('image-unlinked', image.digest, 'images/ does not name the image', affects([])),
    );
  }
  const bad = contents.filter((digest) => !state.present.has(digest) || state.problems.has(digest));
  // Paths are only asked for when something is wrong: then the image is read once more.
  const named = bad.length === 0 ? undefined : await decode(state, image);
  if (named === undefined) return;
  for (const [digest, paths] of pathsOfObjects(named, new Set(bad))) {
    noteNeed(needs, state.problems.get(digest) ?? missing(digest), affects(paths.map(toDisplay)));
  }
}

function isUnreadable(problem: ObjectProblem | undefined): boolean {
  return problem !== undefined && problem.problem !== 'unprotected';
}

/** An image that no worker could read: what is wrong with it becomes a finding, unless it reads well now. */
async function objectsOfDamaged(
  state: CheckState,
  image: ImageOwner,
): Promise<readonly Digest[] | undefined> {
  const tree = await decode(state, image);
  return tree === undefined ? undefined : objectsOf(tree);
}

async function decode(state: CheckState, image: ImageOwner): Promise<Tree | undefined> {
  const { repository, signal } = state;
  try {
    return await readImage(repository, image.digest, { signal });
  } catch (error) {
    if (!isReadFailure(error)) throw error;
    state.findings.push(
      finding(
        'image-damaged',
        image.digest,
        describeError(error),
        affected(state, image.commits, []),
      ),
    );
    return undefined;
  }
}

function missing(digest: Digest): ObjectProblem {
  return { digest, problem: 'missing', message: 'the object is missing' };
}

function noteNeed(needs: Needs, problem: ObjectProblem, affects: readonly AffectedPaths[]): void {
  const known = needs.get(problem.digest);
  if (known === undefined) needs.set(problem.digest, { problem, affects: [...affects] });
  else for (const one of affects) known.affects.push(one);
}

function affected(
  state: CheckState,
  commits: readonly CommitId[],
  paths: readonly string[],
): AffectedPaths[] {
  return commits.map((commit) => ({
    commit,
    refs: state.refs.filter((ref) => ref.commit === commit).map((ref) => ref.name),
    paths,
  }));
}
