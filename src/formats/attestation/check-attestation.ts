/** Whether an attestation is accepted (docs/formats/attestations.md, "Decision"). Pure. */
import { FormatError, type ErrorCode } from '../../util/errors.js';
import { parseEnvelope, preAuthEncoding, type Envelope } from '../dsse/envelope.js';
import { parseStatement, STATEMENT_MEDIA_TYPE, type Statement } from '../in-toto/statement.js';
import { checkSignatures, type SealTrust, type SignatureReport } from '../seal/verify.js';
import { statementProblem, type AttestationKind } from './attestation-kinds.js';
import type { AttestedRelease } from './attested.js';

/** Each way in which the check of an attestation can end. */
export type AttestationCode =
  | 'ATTESTATION_ACCEPTED'
  | 'ATTESTATION_ENVELOPE_INVALID'
  | 'ATTESTATION_SIGNATURE_WRONG'
  | 'ATTESTATION_UNTRUSTED'
  | 'ATTESTATION_STATEMENT_INVALID'
  | 'ATTESTATION_MISMATCH';

export interface AttestationReport {
  readonly signatures: readonly SignatureReport[];
  readonly decision: {
    readonly accepted: boolean;
    readonly code: AttestationCode;
    /** Lower case, without a full stop. */
    readonly reason: string;
  };
}

/** The error code, and so the exit status, that stands for a refusal. */
export function errorCodeOfAttestation(code: AttestationCode): ErrorCode {
  if (code === 'ATTESTATION_MISMATCH') return 'DIGEST_MISMATCH';
  return code === 'ATTESTATION_UNTRUSTED' ? 'ATTESTATION_UNTRUSTED' : 'ATTESTATION_INVALID';
}

/** What is signed, read; nothing in it counts before a signature is verified. @throws {FormatError} when it is none of ours */
export function parseAttestation(bytes: Uint8Array): Envelope & { readonly statement: Statement } {
  const envelope = parseEnvelope(bytes);
  if (envelope.payloadType !== STATEMENT_MEDIA_TYPE)
    throw new FormatError('DSSE envelope', `expected ${STATEMENT_MEDIA_TYPE}`, {
      field: 'payloadType',
    });
  return { ...envelope, statement: parseStatement(envelope.payload) };
}

/**
 * Checks an attestation of a kind against the release that it should be about. One key that is known must have signed; a wrong
 * signature by a known key spoils all of it. Never throws for a bad one.
 */
export function checkAttestation(
  bytes: Uint8Array,
  kind: AttestationKind,
  release: AttestedRelease,
  trust: Pick<SealTrust, 'keys' | 'revoked'>,
): AttestationReport {
  const envelope = attempt(() => parseEnvelope(bytes));
  if (envelope instanceof FormatError)
    return refuse([], 'ATTESTATION_ENVELOPE_INVALID', envelope.message);
  const signatures = checkSignatures(envelope.signatures, preAuthEncoding(envelope), trust);
  const wrong = signatures.find(({ valid, revoked }) => valid === false && !revoked);
  if (wrong !== undefined)
    return refuse(
      signatures,
      'ATTESTATION_SIGNATURE_WRONG',
      `the signature by ${wrong.name}+${wrong.keyId} is wrong`,
    );
  const count = signatures.filter(({ counted }) => counted).length;
  if (count === 0) return refuse(signatures, 'ATTESTATION_UNTRUSTED', 'no known key has signed it');
  // The payload is read only now that a known key vouches for it.
  const parsed = attempt(() => parseAttestation(bytes));
  if (parsed instanceof FormatError)
    return refuse(signatures, 'ATTESTATION_STATEMENT_INVALID', parsed.message);
  const problem = statementProblem(kind, parsed.statement, release);
  if (problem !== undefined) return refuse(signatures, 'ATTESTATION_MISMATCH', problem);
  const reason = count === 1 ? 'signed by 1 known key' : `signed by ${count} known keys`;
  return { signatures, decision: { accepted: true, code: 'ATTESTATION_ACCEPTED', reason } };
}

function refuse(
  signatures: readonly SignatureReport[],
  code: Exclude<AttestationCode, 'ATTESTATION_ACCEPTED'>,
  reason: string,
): AttestationReport {
  return { signatures, decision: { accepted: false, code, reason } };
}

function attempt<T>(parse: () => T): T | FormatError {
  try {
    return parse();
  } catch (error) {
    if (error instanceof FormatError) return error;
    throw error;
  }
}
