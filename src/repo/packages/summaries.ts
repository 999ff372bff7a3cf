/** Package differences in numbers, for where nothing hangs on them: what cannot be read is not told. */
import { comparePackages } from '../../formats/packages/compare-packages.js';
import type { Package } from '../../formats/packages/package.js';
import { countPackages, type PackageCounts } from '../../formats/packages/summary.js';
import { isInterruption, isSystemError, RootsealError } from '../../util/errors.js';
import { readRevision } from '../read-tree.js';
import type { Repository } from '../repository.js';
import { contentFiles } from './content-files.js';
import { readPackages } from './read-packages.js';

/** The packages of commits of a repository; each tree is read once. */
export class PackageLists {
  private readonly repository: Repository;
  private readonly signal: AbortSignal | undefined;
  private readonly known = new Map<string, Promise<Package[] | undefined>>();

  /** @param signal ends a reading; its reason is what is thrown */
  constructor(repository: Repository, signal?: AbortSignal) {
    this.repository = repository;
    this.signal = signal;
  }

  /** @returns undefined when one of the trees has no package database that can be read here */
  async counts(before: string, after: string): Promise<PackageCounts | undefined> {
    const [from, to] = [await this.packages(before), await this.packages(after)];
    return from === undefined || to === undefined
      ? undefined
      : countPackages(comparePackages(from, to));
  }

  private packages(commit: string): Promise<Package[] | undefined> {
    const found = this.known.get(commit) ?? unlessUnreadable(() => this.read(commit));
    this.known.set(commit, found);
    return found;
  }

  private async read(commit: string): Promise<Package[] | undefined> {
    const { tree } = await readRevision(this.repository, commit, this.signal);
    return readPackages(contentFiles(this.repository, tree, this.signal), this.signal);
  }
}

/** Undefined where packages cannot be read: a damaged database, an object that is missing, a program that is not installed, no room for a copy. */
export async function unlessUnreadable<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    const isExpected = error instanceof RootsealError || isSystemError(error);
    if (!isExpected || isInterruption(error)) throw error;
    return undefined;
  }
}
