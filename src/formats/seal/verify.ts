/**
 * Whether a seal is accepted (docs/formats/seal.md, "Decision"). Pure; the boot program decides the same, and
 * test/vectors/seal is run against both.
 */
import { toHex } from '../../util/bytes.js';
import { FormatError, type ErrorCode } from '../../util/errors.js';
import type { CommitId } from '../commit/commit.js';
import { printTypedDigest, type TypedDigest } from '../digest-text.js';
import { ED25519_SIGNATURE_SIZE, ed25519Verify } from './ed25519.js';
import type { KeyId } from './key.js';
import { parseNote, type NoteSignature } from './note.js';
import type { Policy } from './policy.js';
import { parseSealText, type SealFacts } from './seal-text.js';
import { findKey, isRevokedKey, type Keyring, type Revocations } from './trusted-keys.js';

/** Each way in which the check of a seal can end. */
export type SealCode =
  | 'SEAL_ACCEPTED'
  | 'SEAL_NOTE_INVALID'
  | 'SEAL_SIGNATURE_WRONG'
  | 'SEAL_THRESHOLD'
  | 'SEAL_TEXT_INVALID'
  | 'SEAL_IMAGE_MISMATCH'
  | 'SEAL_COMMIT_MISMATCH'
  | 'SEAL_NAME_MISMATCH'
  | 'SEAL_SEQUENCE'
  | 'SEAL_IMAGE_REVOKED';

/** What is known about one signature line. */
export interface SignatureReport {
  readonly name: string;
  readonly keyId: KeyId;
  /** Whether the keyring has the key. */
  readonly known: boolean;
  /** Whether the signature is right; undefined when the key is not known, so that nobody can say. */
  readonly valid: boolean | undefined;
  /** Whether the key was revoked. */
  readonly revoked: boolean;
  /** Whether the signature counts towards the threshold. */
  readonly counted: boolean;
}

/** How the check of a seal ended. */
export interface SealReport {
  readonly signatures: readonly SignatureReport[];
  readonly decision: {
    readonly accepted: boolean;
    readonly code: SealCode;
    /** Lower case, without a full stop. */
    readonly reason: string;
  };
  /** What the seal says; absent unless enough good signatures vouch for it. */
  readonly facts?: SealFacts;
}

/** What the seal must name. */
export interface SealExpectations {
  /** The image that was measured. */
  readonly image?: TypedDigest;
  readonly commit?: CommitId;
}

/** Whom and what the verifier trusts. */
export interface SealTrust {
  readonly policy: Policy;
  readonly keys: Keyring;
  readonly revoked: Revocations;
}

interface Refusal {
  readonly code: Exclude<SealCode, 'SEAL_ACCEPTED'>;
  readonly reason: string;
}

/** Checks a seal note against what it should name, by the rules of the policy. Never throws for a bad note. */
export function checkSeal(
  bytes: Uint8Array,
  expected: SealExpectations,
  trust: SealTrust,
): SealReport {
  const note = attempt(() => parseNote(bytes));
  if (note instanceof FormatError) return refuse([], 'SEAL_NOTE_INVALID', note.message);
  const signatures = checkSignatures(note.signatures, Buffer.from(note.text, 'utf8'), trust);
  const untrusted = judgeSignatures(signatures, trust.policy);
  if (untrusted !== undefined) return refuse(signatures, untrusted.code, untrusted.reason);
  // "Decision" step 4: the text is read only now that enough keys vouch for it.
  const facts = attempt(() => parseSealText(note.text));
  if (facts instanceof FormatError) return refuse(signatures, 'SEAL_TEXT_INVALID', facts.message);
  const refusal = judgeFacts(facts, expected, trust);
  if (refusal !== undefined) return { ...refuse(signatures, refusal.code, refusal.reason), facts };
  const count = signatures.filter(({ counted }) => counted).length;
  const reason = count === 1 ? 'sealed by 1 known key' : `sealed by ${count} known keys`;
  return { signatures, decision: { accepted: true, code: 'SEAL_ACCEPTED', reason }, facts };
}

/** The error code, and so the exit status, that stands for a refusal. */
export function errorCodeOfSeal(code: Exclude<SealCode, 'SEAL_ACCEPTED'>): ErrorCode {
  switch (code) {
    case 'SEAL_NOTE_INVALID':
    case 'SEAL_SIGNATURE_WRONG':
    case 'SEAL_TEXT_INVALID':
      return 'SEAL_INVALID';
    case 'SEAL_IMAGE_MISMATCH':
    case 'SEAL_COMMIT_MISMATCH':
      return 'DIGEST_MISMATCH';
    case 'SEAL_THRESHOLD':
    case 'SEAL_NAME_MISMATCH':
    case 'SEAL_SEQUENCE':
    case 'SEAL_IMAGE_REVOKED':
      return 'SEAL_UNTRUSTED';
  }
}

function refuse(
  signatures: readonly SignatureReport[],
  code: Refusal['code'],
  reason: string,
): SealReport {
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

/** "Decision" step 2: what is known about each signature of a message. */
export function checkSignatures(
  signatures: readonly NoteSignature[],
  message: Uint8Array,
  trust: Pick<SealTrust, 'keys' | 'revoked'>,
): readonly SignatureReport[] {
  // Public keys, not names: one key under two names is one signer.
  const signers = new Set<string>();
  return signatures.map((signature) => checkSignature(signature, message, trust, signers));
}

function checkSignature(
  { name, keyId, signature }: NoteSignature,
  message: Uint8Array,
  trust: Pick<SealTrust, 'keys' | 'revoked'>,
  signers: Set<string>,
): SignatureReport {
  const key = findKey(trust.keys, name, keyId);
  const revoked = isRevokedKey(trust.revoked, name, keyId);
  if (key === undefined)
    return { name, keyId, known: false, valid: undefined, revoked, counted: false };
  const valid =
    signature.length === ED25519_SIGNATURE_SIZE && ed25519Verify(signature, message, key.publicKey);
  const signer = toHex(key.publicKey);
  const counted = valid && !revoked && !signers.has(signer);
  if (counted) signers.add(signer);
  return { name, keyId, known: true, valid, revoked, counted };
}

/** "Decision" steps 2 and 3. A revoked key is treated as an unknown one: it neither helps nor harms. */
function judgeSignatures(
  signatures: readonly SignatureReport[],
  { verify: { threshold } }: Policy,
): Refusal | undefined {
  const wrong = signatures.find(({ valid, revoked }) => valid === false && !revoked);
  if (wrong !== undefined)
    return {
      code: 'SEAL_SIGNATURE_WRONG',
      reason: `the signature by ${wrong.name}+${wrong.keyId} is wrong`,
    };
  const count = signatures.filter(({ counted }) => counted).length;
  if (count < threshold)
    return {
      code: 'SEAL_THRESHOLD',
      reason: `${count} of ${threshold} needed signatures: signed by ${signersOf(signatures)}`,
    };
  return undefined;
}

/** Signers that a reason names. */
const NAMED_MAX = 3;

/** `a.example.org+b0432636, b.example.org+dc7a7806 (not known) and 2 more` */
function signersOf(signatures: readonly SignatureReport[]): string {
  const named = signatures
    .slice(0, NAMED_MAX)
    .map((signature) => `${signature.name}+${signature.keyId}${whyNot(signature)}`)
    .join(', ');
  const left = signatures.length - NAMED_MAX;
  return left > 0 ? `${named} and ${left} more` : named;
}

function whyNot({ known, revoked, counted }: SignatureReport): string {
  if (counted) return '';
  return revoked ? ' (revoked)' : known ? ' (counts already)' : ' (not known)';
}

/** "Decision" steps 5 to 9, in this order. */
function judgeFacts(
  facts: SealFacts,
  expected: SealExpectations,
  { policy: { verify }, revoked }: SealTrust,
): Refusal | undefined {
  const images = facts.images.map(printTypedDigest);
  if (expected.image !== undefined && !images.includes(printTypedDigest(expected.image)))
    return {
      code: 'SEAL_IMAGE_MISMATCH',
      reason: `the seal does not name ${printTypedDigest(expected.image)}`,
    };
  if (expected.commit !== undefined && facts.commit !== expected.commit)
    return {
      code: 'SEAL_COMMIT_MISMATCH',
      reason: `the seal names commit ${facts.commit}, not ${expected.commit}`,
    };
  if (verify.name !== undefined && facts.name !== verify.name)
    return {
      code: 'SEAL_NAME_MISMATCH',
      reason: `the seal is for "${facts.name}", the policy wants "${verify.name}"`,
    };
  if (facts.sequence < verify.minSequence)
    return {
      code: 'SEAL_SEQUENCE',
      reason: `sequence ${facts.sequence} is below the minimum ${verify.minSequence}`,
    };
  const revokedImage = images.find((image) => revoked.images.has(image));
  if (revokedImage !== undefined)
    return { code: 'SEAL_IMAGE_REVOKED', reason: `${revokedImage} was revoked` };
  return undefined;
}
