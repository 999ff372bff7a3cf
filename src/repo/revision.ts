/** Turns what a person types (`REV`) into a commit id. */
import { isCommitId, type CommitId } from '../formats/commit/commit.js';
import { RootsealError } from '../util/errors.js';
import { hasCommit, listCommits, readCommit } from './commits.js';
import { refNameProblem } from './layout.js';
import { readRef } from './refs.js';
import type { Repository } from './repository.js';

/** Shortest abbreviation of a commit id. */
const PREFIX_MIN = 4;
/** More ancestors than any history has. */
const ANCESTORS_MAX = 1_000_000;

/**
 * `REV` is a branch, a tag, `REMOTE/BRANCH`, a commit id or an unambiguous prefix of one, followed by any number of `^` and `~N`.
 * @throws {RootsealError} REVISION_NOT_FOUND
 */
export function resolveRevision(repository: Repository, revision: string): CommitId {
  const match = /^(.*?)((?:\^|~[0-9]{0,7})*)$/s.exec(revision);
  const base = match?.[1] ?? '';
  let id = resolveName(repository, base);
  for (let step = countSteps(match?.[2] ?? ''); step > 0; step--) {
    const parent = readCommit(repository, id).parent;
    if (parent === undefined)
      throw new RootsealError('REVISION_NOT_FOUND', `${revision}: commit ${id} has no parent`);
    if (!hasCommit(repository, parent))
      throw new RootsealError(
        'REVISION_NOT_FOUND',
        `${revision}: commit ${parent} is not in the repository`,
      );
    id = parent;
  }
  return id;
}

function countSteps(suffix: string): number {
  let steps = 0;
  for (const [, count] of suffix.matchAll(/\^|~([0-9]*)/g))
    steps += count === undefined || count === '' ? 1 : Number(count);
  return Math.min(steps, ANCESTORS_MAX);
}

function resolveName(repository: Repository, name: string): CommitId {
  if (isCommitId(name)) {
    if (hasCommit(repository, name)) return name;
    throw new RootsealError('REVISION_NOT_FOUND', `commit ${name} is not in the repository`);
  }
  const named =
    refNameProblem(name) === undefined
      ? (readRef(repository, 'branch', name) ??
        readRef(repository, 'tag', name) ??
        readRef(repository, 'remote', name))
      : undefined;
  if (named !== undefined) return named;
  return resolvePrefix(repository, name);
}

function resolvePrefix(repository: Repository, prefix: string): CommitId {
  const matches =
    prefix.length >= PREFIX_MIN && /^[0-9a-f]+$/.test(prefix)
      ? listCommits(repository).ids.filter((id) => id.startsWith(prefix))
      : [];
  const [only, second] = matches;
  if (only !== undefined && second === undefined) return only;
  const shown = JSON.stringify(prefix.slice(0, 300));
  const isShort = /^[0-9a-f]+$/.test(prefix) && prefix.length < PREFIX_MIN;
  throw new RootsealError(
    'REVISION_NOT_FOUND',
    only === undefined
      ? `${shown} is not a branch, tag or commit${isShort ? ` (a short id needs ${PREFIX_MIN} digits)` : ''}`
      : `${shown} begins ${matches.length} commit ids`,
    { details: { revision: prefix } },
  );
}
