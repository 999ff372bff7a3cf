/** Checks a commit's attestations: who has signed them, and whether they are about this release. */
import {
  ATTESTATION_KINDS,
  type AttestationKind,
} from '../formats/attestation/attestation-kinds.js';
import {
  checkAttestation,
  errorCodeOfAttestation,
  parseAttestation,
  type AttestationReport,
} from '../formats/attestation/check-attestation.js';
import type { CommitId } from '../formats/commit/commit.js';
import type { NoteSignature } from '../formats/seal/note.js';
import { attestationFile, attestationSize, readAttestation } from '../repo/attestations.js';
import { attestedRelease } from '../repo/attested-release.js';
import { readCommit } from '../repo/commits.js';
import type { Repository } from '../repo/repository.js';
import { FormatError, RootsealError } from '../util/errors.js';
import type { LoadedTrust } from './trust.js';

/** One that is there, whatever it is. */
export interface ListedAttestation {
  readonly kind: AttestationKind;
  /** Relative to the repository. */
  readonly file: string;
  /** Bytes. */
  readonly size: number;
  /** What is wrong with it; undefined when it can be read. */
  readonly problem: string | undefined;
  readonly predicateType: string | undefined;
  readonly signatures: readonly NoteSignature[];
}

/** What a commit has; nobody has checked a signature. */
export function listAttestationsOf(
  repository: Repository,
  id: CommitId,
): readonly ListedAttestation[] {
  return ATTESTATION_KINDS.flatMap((kind) => {
    const bytes = readAttestation(repository, id, kind);
    if (bytes === undefined) return [];
    const file = attestationFile(id, kind);
    const size = attestationSize(repository, id, kind) ?? bytes.length;
    return [{ kind, file, size, ...describe(bytes) }];
  });
}

function describe(
  bytes: Uint8Array,
): Pick<ListedAttestation, 'problem' | 'predicateType' | 'signatures'> {
  try {
    const { signatures, statement } = parseAttestation(bytes);
    return { problem: undefined, predicateType: statement.predicateType, signatures };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return { problem: error.message, predicateType: undefined, signatures: [] };
  }
}

export interface CheckedAttestation extends AttestationReport {
  readonly kind: AttestationKind;
  /** Relative to the repository. */
  readonly file: string;
}

/**
 * Checks all that a commit has.
 * @param wanted kinds that must be there; none: at least one, whichever
 * @throws {RootsealError} ATTESTATION_MISSING; what is wrong with commit or image
 */
export async function verifyAttestations(
  repository: Repository,
  id: CommitId,
  trust: LoadedTrust,
  { wanted, signal }: { wanted: readonly AttestationKind[]; signal?: AbortSignal | undefined },
): Promise<readonly CheckedAttestation[]> {
  const commit = readCommit(repository, id);
  const there = ATTESTATION_KINDS.flatMap((kind) => {
    const bytes = readAttestation(repository, id, kind);
    return bytes === undefined ? [] : [{ kind, bytes }];
  });
  const missing = wanted.find((kind) => !there.some((one) => one.kind === kind));
  if (missing !== undefined || there.length === 0)
    throw new RootsealError(
      'ATTESTATION_MISSING',
      `commit ${id} has no attestation${missing === undefined ? '' : ` of the kind ${missing}`}`,
      {
        details: { commitId: id },
        hint: 'make it with `rootseal attest REV --type TYPE --key FILE`',
      },
    );
  const release = await attestedRelease(repository, { id, commit }, { withUki: true, signal });
  return there.map(({ kind, bytes }) => ({
    kind,
    file: attestationFile(id, kind),
    ...checkAttestation(bytes, kind, release, trust),
  }));
}

/** @throws {RootsealError} ATTESTATION_INVALID, ATTESTATION_UNTRUSTED or DIGEST_MISMATCH when one was refused */
export function requireAllAccepted(checked: readonly CheckedAttestation[]): void {
  const refused = checked.find(({ decision }) => !decision.accepted);
  if (refused === undefined) return;
  const { kind, decision } = refused;
  throw new RootsealError(
    errorCodeOfAttestation(decision.code),
    `the attestation ${kind} is refused: ${decision.reason}`,
    { details: { decision: decision.code } },
  );
}
