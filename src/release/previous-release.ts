/** The release that a commit follows: whose seal a reviewer has seen already. */
import type { Commit, CommitId } from '../formats/commit/commit.js';
import type { SealedRelease } from '../formats/seal/review.js';
import { checkSeal, type SealTrust } from '../formats/seal/verify.js';
import { readCommit } from '../repo/commits.js';
import { history } from '../repo/history.js';
import { imageOf } from '../repo/images.js';
import type { Repository } from '../repo/repository.js';
import { readSeal } from '../repo/seals.js';

/**
 * The nearest ancestor with a seal that the policy accepts. Where no verifier key is known, any seal counts: nobody can say
 * more there, and the review says so.
 */
export function previousRelease(
  repository: Repository,
  id: CommitId,
  trust: SealTrust,
): SealedRelease | null {
  for (const entry of history(repository, id)) {
    const found = entry.id === id ? undefined : sealedAs(repository, entry, trust);
    if (found === undefined) continue;
    if (found.accepted === true || (found.accepted === null && found.signatures.length > 0))
      return found;
  }
  return null;
}

/** The commit that somebody named, sealed or not. */
export function namedRelease(
  repository: Repository,
  id: CommitId,
  trust: SealTrust,
): SealedRelease {
  const commit = readCommit(repository, id);
  return (
    sealedAs(repository, { id, commit }, trust) ?? {
      ...factsOf(id, commit),
      accepted: false,
      signatures: [],
    }
  );
}

interface Entry {
  readonly id: CommitId;
  readonly commit: Commit;
}

function sealedAs(
  repository: Repository,
  { id, commit }: Entry,
  trust: SealTrust,
): SealedRelease | undefined {
  const seal = readSeal(repository, id);
  if (seal === undefined) return undefined;
  const expected = { image: imageOf(repository, commit), commit: id };
  const { decision, signatures } = checkSeal(seal, expected, trust);
  return {
    ...factsOf(id, commit),
    accepted: trust.keys.size === 0 ? null : decision.accepted,
    signatures: signatures.map(({ name, keyId }) => ({ name, keyId })),
  };
}

function factsOf(commitId: CommitId, { version: release, sequence }: Commit) {
  return { commitId, release, sequence };
}
