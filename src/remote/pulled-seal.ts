/** Which seal a commit is to have after a pull. Where a policy asks for seals, nothing else is fetched before this is decided. */
import type { Commit, CommitId } from '../formats/commit/commit.js';
import { addSignatures, parseNote, printNote } from '../formats/seal/note.js';
import {
  checkSeal,
  errorCodeOfSeal,
  type SealReport,
  type SealTrust,
} from '../formats/seal/verify.js';
import { imageOf } from '../repo/images.js';
import type { Repository } from '../repo/repository.js';
import { readSeal, sealTextOf } from '../repo/seals.js';
import { FormatError, RootsealError } from '../util/errors.js';

export interface OfferedSeal {
  readonly id: CommitId;
  readonly commit: Commit;
  /** Undefined when the other side has none. */
  readonly seal: Buffer | undefined;
}

/**
 * The seal to be written; undefined when what is here stays as it is.
 * @param trust undefined when seals do not matter
 * @throws {RootsealError} SEAL_MISSING, SEAL_UNTRUSTED, SEAL_INVALID, DIGEST_MISMATCH when the policy does not take it
 * @throws {FormatError} when nobody asks for a seal, and what is offered is none
 */
export function chooseSeal(
  repository: Repository,
  offered: OfferedSeal,
  trust: SealTrust | undefined,
): Buffer | undefined {
  const { id, commit, seal } = offered;
  const here = readSeal(repository, id);
  if (trust?.policy.verify.mode !== 'seal') {
    if (seal !== undefined) requireText(offered, seal);
    return here === undefined ? seal : undefined;
  }
  if (seal === undefined)
    throw new RootsealError('SEAL_MISSING', `commit ${id} is not sealed`, {
      details: { commitId: id },
    });
  const check = (note: Buffer) =>
    checkSeal(note, { image: imageOf(repository, commit), commit: id }, trust);
  requireAccepted(id, check(seal));
  const merged = here === undefined ? seal : merge(here, seal);
  const chosen = check(merged).decision.accepted ? merged : seal;
  return here?.equals(chosen) === true ? undefined : chosen;
}

function requireAccepted(id: CommitId, { decision }: SealReport): void {
  const { accepted, code, reason } = decision;
  if (accepted || code === 'SEAL_ACCEPTED') return;
  throw new RootsealError(errorCodeOfSeal(code), `the seal of commit ${id} is refused: ${reason}`, {
    details: { commitId: id, decision: code },
  });
}

/** Nobody judges it, but it must not make the repository look damaged. */
function requireText({ id, commit }: OfferedSeal, seal: Buffer): void {
  if (parseNote(seal).text === sealTextOf(id, commit)) return;
  throw new RootsealError(
    'SEAL_INVALID',
    `the seal of commit ${id} has another text than the commit`,
    {
      details: { commitId: id },
    },
  );
}

/** Signatures of both, when both are of the same text; else what is offered. */
function merge(here: Buffer, offered: Buffer): Buffer {
  try {
    const [ours, theirs] = [parseNote(here), parseNote(offered)];
    if (ours.text !== theirs.text) return offered;
    return Buffer.from(printNote(addSignatures(ours, theirs.signatures)));
  } catch (error) {
    // What is here is damaged.
    if (error instanceof FormatError) return offered;
    throw error;
  }
}
