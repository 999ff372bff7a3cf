/** Attestations against commits. Whether a key may be trusted is `verify --attestations`' question; this is about damage. */
import {
  ATTESTATION_KINDS,
  statementProblem,
} from '../../formats/attestation/attestation-kinds.js';
import { parseAttestation } from '../../formats/attestation/check-attestation.js';
import type { AttestedRelease } from '../../formats/attestation/attested.js';
import type { Commit, CommitId } from '../../formats/commit/commit.js';
import { listAttestations, readAttestation } from '../attestations.js';
import { attestedRelease } from '../attested-release.js';
import { isReadFailure } from '../damage.js';
import type { CheckState } from './check-state.js';
import { finding } from './fsck-finding.js';

export async function checkAttestations(state: CheckState): Promise<void> {
  const { repository, commits, findings } = state;
  const { ids, strays } = listAttestations(repository);
  for (const name of strays)
    findings.push(finding('stray', name, 'it has no place among attestations'));
  for (const id of ids) {
    const commit = commits.get(id);
    if (commit === undefined)
      findings.push(finding('attestation-orphan', id, 'the commit is missing or damaged'));
    else await checkThose(state, id, commit);
  }
}

async function checkThose(state: CheckState, id: CommitId, commit: Commit): Promise<void> {
  const { repository, findings } = state;
  // Without its image there is nothing to compare with, and that is found already.
  const release = await releaseOf(state, id, commit);
  for (const kind of ATTESTATION_KINDS) {
    try {
      const bytes = readAttestation(repository, id, kind);
      if (bytes === undefined) continue;
      const { statement } = parseAttestation(bytes);
      const problem =
        release === undefined ? undefined : statementProblem(kind, statement, release);
      if (problem !== undefined)
        findings.push(finding('attestation-mismatch', `${id}/${kind}`, problem));
    } catch (error) {
      if (!isReadFailure(error)) throw error;
      findings.push(finding('attestation-damaged', `${id}/${kind}`, error.message));
    }
  }
}

async function releaseOf(
  { repository, signal }: CheckState,
  id: CommitId,
  commit: Commit,
): Promise<AttestedRelease | undefined> {
  try {
    return await attestedRelease(repository, { id, commit }, { withUki: false, signal });
  } catch (error) {
    if (!isReadFailure(error)) throw error;
    return undefined;
  }
}
