/** What callers say in JavaScript's terms, checked and in ours. */
import {
  askedFactsProblem,
  freeTextProblem,
  labelKeyProblem,
  LATEST_TIME,
} from '../../formats/commit/fields.js';
import type { TreeSource as NamedSource } from '../../repo/source/source.js';
import { isIntegerIn } from '../../util/checks.js';
import { RootsealError } from '../../util/errors.js';
import type { CommitRequest } from '../commit-document.js';
import type { TreeSource } from '../tree-sources.js';

/**
 * Seconds since 1970.
 * @param what the field, for errors
 * @throws {RootsealError} USAGE when no commit can have it
 */
export function secondsOf(what: string, time: Date): number {
  const seconds = Math.floor(time.getTime() / 1000);
  if (isIntegerIn(seconds, 0, LATEST_TIME)) return seconds;
  throw new RootsealError('USAGE', `${what}: expected a time from 1970 to 9999`);
}

/** As `secondsOf`, where there may be none. */
export function optionalSeconds(what: string, time: Date | undefined): number | undefined {
  return time === undefined ? undefined : secondsOf(what, time);
}

/** A source as the layers below take it: a stream is what `-` stands for. */
export function namedSource(source: TreeSource): {
  readonly source: NamedSource;
  readonly input: AsyncIterable<Uint8Array> | undefined;
} {
  return 'stream' in source
    ? { source: { kind: 'tar', path: '-' }, input: source.stream }
    : { source, input: undefined };
}

/**
 * Refuses what no commit can hold before a long commit is begun.
 * @throws {RootsealError} USAGE, naming the field
 */
export function checkFacts(request: CommitRequest): void {
  const found = askedFactsProblem(request);
  if (found !== undefined) refuse(found.field, found.problem);
  for (const [key, value] of Object.entries(request.labels ?? {}))
    refuse(
      `label ${JSON.stringify(key.slice(0, 300))}`,
      labelKeyProblem(key) ?? freeTextProblem(value),
    );
}

function refuse(field: string, problem: string | undefined): void {
  if (problem !== undefined) throw new RootsealError('USAGE', `${field}: ${problem}`);
}
