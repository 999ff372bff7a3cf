/** Where a tree's definition comes from: the git work tree that holds it, read with isomorphic-git. */
import fs from 'node:fs';
import path from 'node:path';
import type Git from 'isomorphic-git';
import type { GitSource } from '../formats/commit/commit.js';

/**
 * Remote URL, commit, path below the work tree's top, and whether anything under that path differs from the commit.
 * Undefined when `directory` is not in a git work tree or nothing was committed there yet.
 * @param isAsked whether somebody says that the tree was made from there; else a directory of which git tracks nothing, such as one
 *   that only happens to lie in a checkout, has no source
 */
export async function gitSourceOf(
  directory: string,
  isAsked: boolean,
): Promise<GitSource | undefined> {
  const filepath = path.resolve(directory);
  // Most trees lie in no work tree: looking for one costs less than loading the library that would.
  if (!hasGitAbove(filepath)) return undefined;
  const { default: git } = await import('isomorphic-git');
  let dir: string;
  try {
    dir = await git.findRoot({ fs, filepath });
  } catch (error) {
    if (isGitError(error, 'NotFoundError')) return undefined;
    throw error;
  }
  let commit: string;
  try {
    commit = await git.resolveRef({ fs, dir, ref: 'HEAD' });
  } catch (error) {
    if (isGitError(error, 'NotFoundError')) return undefined;
    throw error;
  }
  const below = path.relative(dir, filepath);
  // Of what is asked after each other, the index is read once.
  const place = { fs, dir, cache: {} };
  if (!isAsked && !(await tracksBelow(git, place, below))) return undefined;
  const status = await git.statusMatrix({
    ...place,
    ...(below === '' ? {} : { filepaths: [below] }),
  });
  const dirty = status.some(
    ([, head, workdir, stage]) => head !== 1 || workdir !== 1 || stage !== 1,
  );
  const url = withoutCredentials(await remoteUrl(git, dir));
  return { ...(url === undefined ? {} : { url }), commit, dirty, path: below === '' ? '.' : below };
}

function hasGitAbove(directory: string): boolean {
  for (let place = directory; ; place = path.dirname(place)) {
    if (fs.existsSync(path.join(place, '.git'))) return true;
    if (place === path.dirname(place)) return false;
  }
}

async function tracksBelow(
  git: typeof Git,
  place: Parameters<typeof Git.listFiles>[0],
  below: string,
): Promise<boolean> {
  const files = await git.listFiles(place);
  return files.some((file) => below === '' || file.startsWith(`${below}/`));
}

async function remoteUrl(git: typeof Git, dir: string): Promise<string | undefined> {
  const remotes = await git.listRemotes({ fs, dir });
  return (remotes.find(({ remote }) => remote === 'origin') ?? remotes[0])?.url;
}

/** A commit is published: user names and passwords in the URL are not. */
function withoutCredentials(url: string | undefined): string | undefined {
  return url?.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, '$1');
}

function isGitError(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
