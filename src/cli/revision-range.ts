/** `A..B`: two revisions in one word. */
import { resolveRevision } from '../repo/revision.js';
import type { Repository } from '../repo/repository.js';
import { RootsealError } from '../util/errors.js';
import type { CommitId } from '../formats/commit/commit.js';

export interface RevisionRange {
  readonly from: CommitId;
  readonly to: CommitId;
}

/**
 * Names may have `..` in them, so each place where it stands is tried.
 * @throws {RootsealError} USAGE when it is not a range, or can be read in two ways; REVISION_NOT_FOUND
 */
export function parseRevisionRange(repository: Repository, text: string): RevisionRange {
  const splits = findSplits(text);
  const [only] = splits;
  if (only === undefined)
    throw new RootsealError(
      'USAGE',
      `${shown(text)} is not A..B: two commits with .. between them`,
    );
  if (splits.length === 1) return resolveBoth(repository, only);
  const found = splits.flatMap((split) => attempt(() => resolveBoth(repository, split)));
  const [first, second] = found;
  if (first === undefined) return resolveBoth(repository, only);
  if (second === undefined) return first;
  throw new RootsealError('USAGE', `${shown(text)} can be read in several ways`, {
    hint: 'name the commits by their ids',
  });
}

type Split = readonly [from: string, to: string];

function findSplits(text: string): Split[] {
  const splits: Split[] = [];
  for (let at = text.indexOf('..'); at >= 0; at = text.indexOf('..', at + 1)) {
    const split = [text.slice(0, at), text.slice(at + 2)] as const;
    if (split[0] !== '' && split[1] !== '') splits.push(split);
  }
  return splits;
}

function resolveBoth(repository: Repository, [from, to]: Split): RevisionRange {
  return { from: resolveRevision(repository, from), to: resolveRevision(repository, to) };
}

function attempt<T>(action: () => T): T[] {
  try {
    return [action()];
  } catch (error) {
    if (error instanceof RootsealError && error.code === 'REVISION_NOT_FOUND') return [];
    throw error;
  }
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 300));
}
