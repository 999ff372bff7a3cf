/** Packages of two releases, as far as their trees tell. */
import {
  comparePackages,
  type PackageDifference,
} from '../../formats/packages/compare-packages.js';
import type { Package } from '../../formats/packages/package.js';
import type { Tree } from '../../formats/tree/model.js';
import { contentFiles } from '../../repo/packages/content-files.js';
import { readPackages } from '../../repo/packages/read-packages.js';
import type { Repository } from '../../repo/repository.js';
import { describeError, RootsealError } from '../../util/errors.js';

/** What differs; a sentence where that cannot be told. */
export type PackageChanges =
  | { readonly difference: PackageDifference; readonly problem: undefined }
  | { readonly difference: undefined; readonly problem: string };

export interface TreePair {
  readonly before: Tree;
  readonly after: Tree;
}

export async function comparePackagesOf(
  repository: Repository,
  { before, after }: TreePair,
  signal?: AbortSignal,
): Promise<PackageChanges> {
  const [from, to] = [
    await packagesOf(repository, before, signal),
    await packagesOf(repository, after, signal),
  ];
  if (typeof from === 'string') return unknown(`the older release: ${from}`);
  if (typeof to === 'string') return unknown(`the newer release: ${to}`);
  if (from === undefined && to === undefined)
    return unknown('neither release has a package database that is known');
  if (from === undefined) return unknown('the older release has no package database that is known');
  if (to === undefined) return unknown('the newer release has no package database that is known');
  return { difference: comparePackages(from, to), problem: undefined };
}

/** Damage of the repository is thrown; a database that cannot be read is a fact about the image. */
async function packagesOf(
  repository: Repository,
  tree: Tree,
  signal?: AbortSignal,
): Promise<readonly Package[] | string | undefined> {
  try {
    return await readPackages(contentFiles(repository, tree, signal), signal);
  } catch (error) {
    const isOfImage =
      error instanceof RootsealError && /^(?:FORMAT_INVALID|UNSUPPORTED)$/.test(error.code);
    if (!isOfImage) throw error;
    return describeError(error);
  }
}

function unknown(problem: string): PackageChanges {
  return { difference: undefined, problem };
}
