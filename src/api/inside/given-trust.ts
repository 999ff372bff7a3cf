/** Whom callers trust, in the terms of the layers below. */
import { commitNameProblem } from '../../formats/commit/fields.js';
import { NOTE_SIGNATURES_MAX } from '../../formats/seal/note.js';
import { DEFAULT_POLICY, type Policy } from '../../formats/seal/policy.js';
import { loadTrust, type LoadedTrust } from '../../release/trust.js';
import { isIntegerIn } from '../../util/checks.js';
import { RootsealError } from '../../util/errors.js';
import type { SealPolicy, Trust } from '../seal-report.js';
import { innerVerifier } from './key-calls.js';

/** @throws {RootsealError} USAGE for a policy that says nothing sensible; what `loadTrust` throws */
export function trustOf({ keys, policy }: Trust): LoadedTrust {
  return loadTrust({
    keys: typeof keys === 'object' ? keys.map(innerVerifier) : keys,
    policy: typeof policy === 'object' ? policyOf(policy) : policy,
  });
}

/** What is wrong with a field, if anything is. As in a file, a field that is not known is: a misspelt one must not disarm it. */
const PROBLEMS: Readonly<Record<string, (value: unknown) => string | undefined>> = {
  mode: (value) => (value === 'seal' || value === 'none' ? undefined : 'expected seal or none'),
  threshold: (value) =>
    isIntegerIn(value, 1, NOTE_SIGNATURES_MAX)
      ? undefined
      : `expected a whole number from 1 to ${NOTE_SIGNATURES_MAX}`,
  name: (value) => (typeof value === 'string' ? commitNameProblem(value) : 'expected text'),
  minSequence: (value) =>
    isIntegerIn(value, 0, Number.MAX_SAFE_INTEGER)
      ? undefined
      : 'expected a whole number from 0 to 2^53-1',
};

function policyOf(policy: SealPolicy): Policy {
  const given = Object.entries(policy).filter(([, value]) => value !== undefined);
  for (const [field, value] of given) {
    const problem = Object.hasOwn(PROBLEMS, field) ? PROBLEMS[field]?.(value) : 'unknown field';
    if (problem !== undefined) throw new RootsealError('USAGE', `policy: ${field}: ${problem}`);
  }
  return {
    ...DEFAULT_POLICY,
    verify: { ...DEFAULT_POLICY.verify, ...(Object.fromEntries(given) as Partial<SealPolicy>) },
  } as Policy;
}
