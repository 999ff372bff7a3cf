/** Images and the objects they name; the place where a bad object gets the paths it belongs to. */
import type { CommitId } from '../../formats/commit/commit.js';
import { objectsOf, pathsOfObjects } from '../../formats/tree/objects.js';
import type { Tree } from '../../formats/tree/model.js';
import { toDisplay } from '../../util/bytes.js';
import type { Digest } from '../../util/digest.js';
import { describeError, RootsealError } from '../../util/errors.js';
import { isReadFailure } from '../damage.js';
import { imageOf, isLinkedImage, listImages, readImage } from '../images.js';
import type { ObjectProblem } from '../work/jobs.js';
import { finding, type AffectedPaths } from './finding.js';
import type { CheckState } from './fsck.js';

/** Bad objects and the images that need them, collected over all images. */
type Needs = Map<Digest, { problem: ObjectProblem; affects: AffectedPaths[] }>;

/** Adds findings for images and objects; returns how many images there are. */
export function checkImages(state: CheckState): number {
  const owners = imagesOfCommits(state);
  const needs: Needs = new Map();
  for (const problem of state.problems.values())
    needs.set(problem.digest, { problem, affects: [] });
  for (const [digest, commits] of owners) checkImage(state, needs, { digest, commits });
  for (const { problem, affects } of needs.values()) {
    state.findings.push(
      finding(`object-${problem.problem}`, problem.digest, problem.message, affects),
    );
  }
  return owners.size;
}

/** Every image that a commit names or that is linked, with the commits that name it. */
function imagesOfCommits(state: CheckState): Map<Digest, CommitId[]> {
  const owners = new Map<Digest, CommitId[]>();
  for (const digest of listImages(state.repository).digests) owners.set(digest, []);
  for (const [id, commit] of state.commits) {
    try {
      const { digest } = imageOf(state.repository, commit);
      owners.set(digest, [...(owners.get(digest) ?? []), id]);
    } catch (error) {
      if (!(error instanceof RootsealError)) throw error;
      state.findings.push(finding('commit-damaged', id, error.message));
    }
  }
  return owners;
}

interface ImageOwner {
  readonly digest: Digest;
  readonly commits: readonly CommitId[];
}

function checkImage(state: CheckState, needs: Needs, image: ImageOwner): void {
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
  const tree = decode(state, image);
  if (tree === undefined) return;
  if (!isLinkedImage(state.repository, image.digest)) {
    state.findings.push(
      finding('image-unlinked', image.digest, 'images/ does not name the image', affects([])),
    );
  }
  const bad = new Set(
    objectsOf(tree).filter((digest) => !state.present.has(digest) || state.problems.has(digest)),
  );
  if (bad.size === 0) return;
  for (const [digest, paths] of pathsOfObjects(tree, bad)) {
    noteNeed(needs, state.problems.get(digest) ?? missing(digest), affects(paths.map(toDisplay)));
  }
}

function isUnreadable(problem: ObjectProblem | undefined): boolean {
  return problem !== undefined && problem.problem !== 'unprotected';
}

function decode(state: CheckState, image: ImageOwner): Tree | undefined {
  try {
    return readImage(state.repository, image.digest);
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
  else known.affects.push(...affects);
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
