/** What a commit changes, for whoever is asked to seal it: for the machines that will start it above all. */
import { comparePackages } from '../formats/packages/compare-packages.js';
import type { Package } from '../formats/packages/package.js';
import { diffPrivileges } from '../formats/tree/privileges.js';
import { diffTrees } from '../formats/tree/diff.js';
import type { Tree } from '../formats/tree/model.js';
import { walk } from '../formats/tree/walk.js';
import { sealFactsOf, sealText } from '../formats/seal/seal-text.js';
import type {
  PackageChange,
  ReleaseContents,
  Review,
  SealedRelease,
} from '../formats/seal/review.js';
import { readRevision, type Revision } from '../repo/read-tree.js';
import type { Repository } from '../repo/repository.js';
import { RootsealError } from '../util/errors.js';
import { contentFiles } from '../repo/packages/content-files.js';
import { readPackages } from '../repo/packages/read-packages.js';
import { configuredArguments } from './configured-arguments.js';

/**
 * The same commits give the same review, on every machine.
 * @param previous what it is compared with; null: everything is new
 * @throws {RootsealError} OBJECT_NOT_FOUND or OBJECT_CORRUPT when one of the images cannot be read
 */
export async function reviewRelease(
  repository: Repository,
  revision: Revision,
  previous: SealedRelease | null,
  signal?: AbortSignal,
): Promise<Review> {
  const { id, commit, tree } = revision;
  const before =
    previous === null ? undefined : await readRevision(repository, previous.commitId, signal);
  const { name, version: release, sequence, parent: parentId = null, time, image } = commit;
  return {
    version: 1,
    text: sealText(sealFactsOf(commit, id)),
    commitId: id,
    name,
    release,
    sequence,
    images: [image],
    parentId,
    time,
    ...(await contentsOf(repository, revision)),
    previous:
      previous === null || before === undefined
        ? null
        : { ...previous, ...(await contentsOf(repository, before)) },
    ...countPaths(before?.tree, tree),
    packageChanges: await comparedPackages(repository, before?.tree, tree, signal),
    privileged: diffPrivileges(before?.tree, tree),
  };
}

async function contentsOf(
  repository: Repository,
  { commit, tree }: Revision,
): Promise<ReleaseContents> {
  return {
    bytes: commit.bytes,
    kernelRelease: commit.kernel?.release ?? null,
    kernelArguments: await argumentsOf(repository, tree),
  };
}

type PathCounts = Pick<Review, 'addedCount' | 'deletedCount' | 'modifiedCount'>;

function countPaths(before: Tree | undefined, after: Tree): PathCounts {
  const counts = { added: 0, deleted: 0, modified: 0 };
  if (before === undefined)
    for (const { parent } of walk(after)) counts.added += parent === undefined ? 0 : 1;
  else for (const { kind } of diffTrees(before, after)) counts[kind]++;
  const { added: addedCount, deleted: deletedCount, modified: modifiedCount } = counts;
  return { addedCount, deletedCount, modifiedCount };
}

async function comparedPackages(
  repository: Repository,
  before: Tree | undefined,
  after: Tree,
  signal: AbortSignal | undefined,
): Promise<PackageChange[] | null> {
  const from = before === undefined ? [] : await packagesOf(repository, before, signal);
  const to = await packagesOf(repository, after, signal);
  if (from === null || to === null) return null;
  const { added, removed, upgraded, downgraded, changed } = comparePackages(from, to);
  return [
    ...downgraded.map(({ before: old, after: now }) => changeOf('downgraded', old, now)),
    ...upgraded.map(({ before: old, after: now }) => changeOf('upgraded', old, now)),
    ...changed.map(({ before: old, after: now }) => changeOf('changed', old, now)),
    ...added.map((now) => changeOf('added', undefined, now)),
    ...removed.map((old) => changeOf('removed', old, undefined)),
  ];
}

function changeOf(
  kind: PackageChange['kind'],
  before: Package | undefined,
  after: Package | undefined,
): PackageChange {
  const { name = '', architecture = '' } = after ?? before ?? {};
  return {
    ...{ kind, name, architecture },
    versionBefore: before?.version ?? null,
    versionAfter: after?.version ?? null,
  };
}

/** Null where there is no database, it is damaged, or the program that reads it is missing. */
async function packagesOf(
  repository: Repository,
  tree: Tree,
  signal: AbortSignal | undefined,
): Promise<readonly Package[] | null> {
  const files = contentFiles(repository, tree, signal);
  return (await unlessUnreadable(() => readPackages(files, signal))) ?? null;
}

/** Null where a file is malformed, or nothing says what machine the tree is for: hosts refuse such a release, a review tells of it. */
async function argumentsOf(repository: Repository, tree: Tree): Promise<readonly string[] | null> {
  const list = await unlessUnreadable(() => configuredArguments(repository, tree, undefined));
  return list?.map(({ value }) => value) ?? null;
}

/** What others wrote in a tree must not stand in the way of a review, which says that it cannot be read. */
async function unlessUnreadable<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    const code = error instanceof RootsealError ? error.code : undefined;
    if (code !== 'FORMAT_INVALID' && code !== 'UNSUPPORTED') throw error;
    return undefined;
  }
}
