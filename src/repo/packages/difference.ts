/** The package difference of two commits. */
import {
  comparePackages,
  type PackageDifference,
} from '../../formats/packages/compare-packages.js';
import type { Package } from '../../formats/packages/package.js';
import { RootsealError } from '../../util/errors.js';
import { readRevision, type Revision } from '../read-tree.js';
import type { Repository } from '../repository.js';
import { contentFiles } from './content-files.js';
import { readPackages } from './read-packages.js';

/**
 * @param before a branch, tag or commit id
 * @throws {RootsealError} PATH_NOT_FOUND when one of the trees has no package database; else as `packagesOfRevision`
 */
export async function packageDifference(
  repository: Repository,
  before: string,
  after: string,
  signal?: AbortSignal,
): Promise<PackageDifference> {
  const from = await requirePackages(
    repository,
    await readRevision(repository, before, signal),
    signal,
  );
  const to = await requirePackages(
    repository,
    await readRevision(repository, after, signal),
    signal,
  );
  return comparePackages(from, to);
}

/** @throws {RootsealError} PATH_NOT_FOUND when the tree has no package database; else as `readPackages` */
export async function requirePackages(
  repository: Repository,
  { id, tree }: Revision,
  signal?: AbortSignal,
): Promise<Package[]> {
  const packages = await readPackages(contentFiles(repository, tree, signal), signal);
  if (packages !== undefined) return packages;
  throw new RootsealError('PATH_NOT_FOUND', `commit ${id} has no package database`, {
    details: { commitId: id },
    hint: 'databases of dpkg, rpm, apk and pacman are read',
  });
}
