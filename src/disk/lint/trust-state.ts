/** Whom an image trusts, and what is wrong with the files that say it: read once for all rules about it. */
import type { Policy } from '../../formats/seal/policy.js';
import type { Keyring, Revocations } from '../../formats/seal/trusted-keys.js';
import { describeError, RootsealError } from '../../util/errors.js';
import type { ImageFiles } from '../image-files.js';
import { readImageKeys, readImagePolicy, readImageRevocations } from './image-trust.js';
import { refusal, type Problem } from './lint-finding.js';

/** A value is undefined where there are problems. */
export interface TrustState {
  readonly policy: Policy | undefined;
  readonly keys: Keyring | undefined;
  readonly revoked: Revocations | undefined;
  readonly policyProblems: readonly Problem[];
  readonly keyProblems: readonly Problem[];
}

export async function readTrustState(files: ImageFiles): Promise<TrustState> {
  const policyProblems: Problem[] = [];
  const keyProblems: Problem[] = [];
  return {
    policy: await attempt(policyProblems, () => readImagePolicy(files)),
    keys: await attempt(keyProblems, () => readImageKeys(files)),
    revoked: await attempt(keyProblems, () => readImageRevocations(files)),
    policyProblems,
    keyProblems,
  };
}

async function attempt<T>(problems: Problem[], read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof RootsealError)) throw error;
    problems.push(refusal(describeError(error), error.code));
    return undefined;
  }
}
