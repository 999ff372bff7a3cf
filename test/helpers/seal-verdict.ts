/** What the TypeScript implementation decides about a record of test/vectors: a code, as the boot program's tests print it. */
import assert from 'node:assert/strict';
import type { CommitId } from '../../src/formats/commit/commit.js';
import { parseTypedDigest } from '../../src/formats/digest-text.js';
import { parsePolicy } from '../../src/formats/seal/policy.js';
import {
  makeKeyring,
  parseRevocations,
  parseVerifierKeys,
} from '../../src/formats/seal/trusted-keys.js';
import { checkSeal } from '../../src/formats/seal/verify.js';
import { FormatError } from '../../src/util/errors.js';

/** The files of a check, and what the seal must name. */
export interface SealQuestion {
  readonly note: Uint8Array;
  readonly policy: Uint8Array;
  readonly keys: Uint8Array;
  readonly revoked: Uint8Array;
  /** Typed digest. */
  readonly image: string;
  /** Commit id; empty: any. */
  readonly commit: string;
}

/** What the parser gives, or the code when it refuses. */
function attempt<T>(code: string, parse: () => T): T | string {
  try {
    return parse();
  } catch (error) {
    assert.ok(error instanceof FormatError);
    return code;
  }
}

/** The code of a seal's check (test/vectors/seal/README.md). */
export function sealVerdict(question: SealQuestion): string {
  const policy = attempt('POLICY_INVALID', () => parsePolicy(question.policy));
  if (typeof policy === 'string') return policy;
  const keys = attempt('KEYS_INVALID', () => makeKeyring(parseVerifierKeys(question.keys)));
  if (typeof keys === 'string') return keys;
  const revoked = attempt('REVOCATIONS_INVALID', () => parseRevocations(question.revoked));
  if (typeof revoked === 'string') return revoked;
  const image = parseTypedDigest(question.image);
  const commit = question.commit === '' ? {} : { commit: question.commit as CommitId };
  const { decision } = checkSeal(question.note, { image, ...commit }, { policy, keys, revoked });
  assert.equal(decision.accepted, decision.code === 'SEAL_ACCEPTED');
  return decision.code;
}

/** Every value of a policy file, or the code of its refusal. */
export function policyVerdict(bytes: Uint8Array): string {
  const policy = attempt('POLICY_INVALID', () => parsePolicy(bytes));
  if (typeof policy === 'string') return policy;
  const { verify, root, etc } = policy;
  return [
    'POLICY_ACCEPTED',
    verify.mode,
    verify.threshold,
    verify.name ?? '-',
    verify.minSequence,
    root.transient ? 'yes' : 'no',
    etc.mount,
    policy.var.mount,
  ].join(' ');
}
