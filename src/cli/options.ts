/** Options that several commands share. */
import { join } from 'node:path';
import type { Argv } from 'yargs';
import { LATEST_TIME } from '../formats/commit/fields.js';
import { Repository, withSharedLock } from '../repo/repository.js';
import { RootsealError } from '../util/errors.js';
import type { Context } from './context.js';

export { withSharedLock };

/** Where a host has its repository. */
export const SYSTEM_REPOSITORY = '/sysroot/composefs';

/** Adds `--repo`. */
export function repositoryOption<T>(yargs: Argv<T>): Argv<T & { repo: string | undefined }> {
  return yargs.option('repo', {
    type: 'string',
    takes: 'DIR',
    describe: 'the repository (default: $ROOTSEAL_REPO, else /sysroot/composefs)',
  });
}

/** Which repository: by its own path, or that of a host. */
export interface RepositoryOptions {
  readonly repo: string | undefined;
  readonly sysroot?: string | undefined;
}

/** Adds `--repo` and `--sysroot`: for commands on a repository that administrators of a host use, too. */
export function hostRepositoryOptions<T>(
  yargs: Argv<T>,
): Argv<T & { repo: string | undefined; sysroot: string | undefined }> {
  return repositoryOption(yargs).option('sysroot', {
    type: 'string',
    takes: 'DIR',
    describe: 'physical root of a host, whose repository is meant; in place of --repo',
  });
}

/** Opens the repository that the options or the environment name. */
export function openRepository(context: Context, options: RepositoryOptions): Repository {
  return Repository.open(repositoryPath(context, options));
}

/** Opens it for changes, also when it is the running system's, whose physical root is mounted read-only. */
export async function openWritableRepository(
  context: Context,
  options: RepositoryOptions,
): Promise<Repository> {
  const { makeRepositoryWritable } = await import('../deploy/host/sysroot.js');
  makeRepositoryWritable(repositoryPath(context, options));
  return openRepository(context, options);
}

/** @throws {RootsealError} USAGE when both options are given */
export function repositoryPath(context: Context, { repo, sysroot }: RepositoryOptions): string {
  if (repo !== undefined && sysroot !== undefined)
    throw new RootsealError('USAGE', '--repo and --sysroot exclude each other');
  if (sysroot !== undefined) return join(sysroot, 'composefs');
  const { ROOTSEAL_REPO: named = '' } = context.env;
  return repo ?? (named === '' ? SYSTEM_REPOSITORY : named);
}

/** Opens the repository and keeps its objects there while `action` reads. */
export async function withRepository<T>(
  context: Context,
  options: { readonly repo: string | undefined },
  action: (repository: Repository) => T | Promise<T>,
): Promise<T> {
  const repository = openRepository(context, options);
  return withSharedLock(repository, async () => action(repository), context.signal);
}

/** A time as seconds since 1970 (`1795428000`, `@1795428000`) or as RFC 3339 (`2026-11-23T10:00:00Z`). */
export function parseTime(option: string, text: string): number {
  const seconds = Number(/^@?([0-9]{1,12})$/.exec(text)?.[1] ?? NaN);
  if (seconds <= LATEST_TIME) return seconds;
  const parsed = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)$/.test(text)
    ? Date.parse(text)
    : NaN;
  if (!Number.isNaN(parsed)) return Math.floor(parsed / 1000);
  throw new RootsealError(
    'USAGE',
    `${option}: ${JSON.stringify(text)} is not a time: write seconds since 1970 or 2026-11-23T10:00:00Z`,
  );
}

/** @throws {RootsealError} USAGE when a count is given and is 0 */
export function requireCount(option: string, count: number | undefined): number | undefined {
  if (count !== 0) return count;
  throw new RootsealError('USAGE', `${option} takes a whole number from 1`);
}
