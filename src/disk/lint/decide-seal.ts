/** Whether the seal of a commit is one that a policy takes. */
import type { Commit, CommitId } from '../../formats/commit/commit.js';
import {
  checkSeal,
  errorCodeOfSeal,
  type SealCode,
  type SealTrust,
} from '../../formats/seal/verify.js';
import { imageOf } from '../../repo/images.js';
import type { Repository } from '../../repo/repository.js';
import { readSeal } from '../../repo/seals.js';
import type { ErrorCode } from '../../util/errors.js';

/** A commit, and where its seal is. */
export interface SealedCommit {
  readonly repository: Repository;
  readonly id: CommitId;
  readonly commit: Commit;
}

export type SealDecision =
  /** Names of the keys that count. */
  | { readonly accepted: true; readonly keys: readonly string[] }
  | {
      readonly accepted: false;
      /** Undefined when there is no seal. */
      readonly decision: Exclude<SealCode, 'SEAL_ACCEPTED'> | undefined;
      readonly code: ErrorCode;
      /** Lower case, without a full stop. */
      readonly reason: string;
    };

export function decideSeal(
  { repository, id, commit }: SealedCommit,
  trust: SealTrust,
): SealDecision {
  return decideSealBytes({ repository, id, commit }, readSeal(repository, id), trust);
}

/** As `decideSeal`, of a seal that need not be in the repository yet. @param seal undefined when there is none */
export function decideSealBytes(
  { repository, id, commit }: SealedCommit,
  seal: Uint8Array | undefined,
  trust: SealTrust,
): SealDecision {
  if (seal === undefined)
    return {
      accepted: false,
      decision: undefined,
      code: 'SEAL_MISSING',
      reason: 'it is not sealed',
    };
  const image = imageOf(repository, commit);
  const { decision, signatures } = checkSeal(seal, { image, commit: id }, trust);
  const { accepted, code, reason } = decision;
  if (accepted || code === 'SEAL_ACCEPTED')
    return {
      accepted: true,
      keys: signatures.filter(({ counted }) => counted).map(({ name }) => name),
    };
  return { accepted: false, decision: code, code: errorCodeOfSeal(code), reason };
}
