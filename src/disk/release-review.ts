/** What a commit changes, for whoever is asked to seal it: for the machines that will start it above all. */
import type { Commit } from '../formats/commit/commit.js';
import { comparePackages, type PackageUpdate } from '../formats/packages/compare-packages.js';
import type { Package } from '../formats/packages/package.js';
import { diffPrivileges } from '../formats/tree/privileges.js';
import { diffTrees } from '../formats/tree/diff.js';
import type { Tree } from '../formats/tree/model.js';
import { walk } from '../formats/tree/walk.js';
import { sealFactsOf, sealText } from '../formats/seal/seal-text.js';
import type {
  PackageChanges,
  PackageFacts,
  PackageMove,
  PreviousRelease,
  Review,
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
  previous: PreviousRelease | null,
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
    previous,
    files: countPaths(before?.tree, tree),
    bytes: { before: before?.commit.bytes ?? null, after: commit.bytes },
    kernel: { before: kernelOf(before?.commit), after: kernelOf(commit) },
    kernelArguments: {
      before: before === undefined ? null : await argumentsOf(repository, before.tree),
      after: await argumentsOf(repository, tree),
    },
    packages: await comparedPackages(repository, before?.tree, tree, signal),
    privileged: diffPrivileges(before?.tree, tree),
  };
}

function countPaths(before: Tree | undefined, after: Tree): Review['files'] {
  const counts = { added: 0, deleted: 0, modified: 0 };
  if (before === undefined)
    for (const { parent } of walk(after)) counts.added += parent === undefined ? 0 : 1;
  else for (const { kind } of diffTrees(before, after)) counts[kind]++;
  return counts;
}

function kernelOf(commit: Commit | undefined): string | null {
  return commit?.kernel?.release ?? null;
}

async function comparedPackages(
  repository: Repository,
  before: Tree | undefined,
  after: Tree,
  signal: AbortSignal | undefined,
): Promise<PackageChanges | null> {
  const from = before === undefined ? [] : await packagesOf(repository, before, signal);
  const to = await packagesOf(repository, after, signal);
  if (from === null || to === null) return null;
  const { added, removed, upgraded, downgraded, changed } = comparePackages(from, to);
  return {
    added: added.map(factsOf),
    removed: removed.map(factsOf),
    upgraded: upgraded.map(moveOf),
    downgraded: downgraded.map(moveOf),
    changed: changed.map(moveOf),
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

function factsOf({ name, architecture, version }: Package): PackageFacts {
  return { name, architecture, version };
}

function moveOf({ before, after }: PackageUpdate): PackageMove {
  const { name, architecture } = after;
  return { name, architecture, before: before.version, after: after.version };
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
