/** Takes signatures that were made elsewhere into a commit's seal. All are checked before anything is written. */
import type { CommitId } from '../formats/commit/commit.js';
import { ED25519_SIGNATURE_SIZE, ed25519Verify } from '../formats/seal/ed25519.js';
import type { KeyId, VerifierKey } from '../formats/seal/key.js';
import { NOTE_SIZE_MAX, printNote, type NoteSignature } from '../formats/seal/note.js';
import { parseSealAnswer } from '../formats/seal/seal-request.js';
import { findKey, isRevokedKey } from '../formats/seal/trusted-keys.js';
import { checkSeal, type SealReport, type SealTrust } from '../formats/seal/verify.js';
import { readCommit } from '../repo/commits.js';
import { imageOf } from '../repo/images.js';
import type { Repository } from '../repo/repository.js';
import { addToSeal, sealTextOf } from '../repo/seals.js';
import { FormatError, RootsealError } from '../util/errors.js';
import { readNamedFile } from './named-file.js';

/** A file that came back. */
export interface AnswerFile {
  /** For errors. */
  readonly file: string;
  readonly bytes: Uint8Array;
}

export interface Answers {
  /** Signature lines, or signed notes of the commit's own text. */
  readonly notes: readonly AnswerFile[];
  /** 64 bytes each: R ‖ S. */
  readonly raw: readonly AnswerFile[];
  /** Keys that the raw signatures may be by; they must be among the trusted ones. */
  readonly rawKeys: readonly VerifierKey[];
}

export interface Attached extends SealReport {
  /** Signatures by keys that are not known here, for which there was no room any more. */
  readonly dropped: readonly NoteSignature[];
}

/** @throws {RootsealError} PATH_NOT_FOUND, USAGE */
export function readAnswer(file: string): AnswerFile {
  return { file, bytes: readNamedFile(file, NOTE_SIZE_MAX) };
}

/**
 * Adds the signatures to the seal of a commit. The caller holds the shared lock.
 * @param trust whose signatures are taken: known keys that were not revoked
 * @returns what the policy says of the seal now, and what had to make room in it
 * @throws {RootsealError} SEAL_INVALID for an answer to something else, or a wrong signature; SEAL_UNTRUSTED for one by a key that is
 * not known or was revoked
 */
export async function attachSignatures(
  repository: Repository,
  id: CommitId,
  answers: Answers,
  trust: SealTrust,
): Promise<Attached> {
  const commit = readCommit(repository, id);
  const text = sealTextOf(id, commit);
  const message = Buffer.from(text, 'utf8');
  const signatures = [
    ...answers.notes.flatMap((answer) => signaturesOf(answer, text, id)),
    ...answers.raw.map((answer) => rawSignature(answer, message, answers.rawKeys)),
  ];
  for (const signature of signatures) requireGood(signature, message, trust);
  const found = signatures.map(({ signature }) => signature);
  // Two answers at the same time must not lose each other's signature.
  const isKnown = ({ name, keyId }: NoteSignature) => hasKey(trust, name, keyId);
  const { note, dropped } = await repository.withRefsLock(() =>
    addToSeal(repository, id, { text, signatures: found, isKnown }),
  );
  const expected = { image: imageOf(repository, commit), commit: id };
  return { ...checkSeal(printNote(note), expected, trust), dropped };
}

/** A revoked key counts as one that is not known. */
function hasKey({ keys, revoked }: SealTrust, name: string, keyId: KeyId): boolean {
  return findKey(keys, name, keyId) !== undefined && !isRevokedKey(revoked, name, keyId);
}

interface FromFile {
  readonly file: string;
  readonly signature: NoteSignature;
}

function signaturesOf({ file, bytes }: AnswerFile, text: string, id: CommitId): FromFile[] {
  const answer = parsed(file, () => parseSealAnswer(bytes));
  if (answer.text !== undefined && answer.text !== text)
    throw refused('SEAL_INVALID', `${file} is not an answer to the request of commit ${id}`, {
      hint: 'its text is another one: it was changed, or belongs to another commit',
    });
  return answer.signatures.map((signature) => ({ file, signature }));
}

function rawSignature(
  { file, bytes }: AnswerFile,
  message: Uint8Array,
  keys: readonly VerifierKey[],
): FromFile {
  if (bytes.length !== ED25519_SIGNATURE_SIZE)
    throw refused(
      'SEAL_INVALID',
      `${file} is no raw signature: it has ${bytes.length} bytes, not ${ED25519_SIGNATURE_SIZE}`,
      { hint: 'the files of ssh-keygen, signify and minisign hold more than the signature' },
    );
  const key = keys.find(({ publicKey }) => ed25519Verify(bytes, message, publicKey));
  if (key === undefined) {
    const names = keys.map(({ name, keyId }) => `${name}+${keyId}`).join(' or ');
    throw refused('SEAL_INVALID', `${file} is not a signature of the request by ${names}`);
  }
  return { file, signature: { name: key.name, keyId: key.keyId, signature: bytes } };
}

/** A signature that nobody can check is not taken: a wrong one by a key that is known elsewhere would spoil the seal there. */
function requireGood({ file, signature }: FromFile, message: Uint8Array, trust: SealTrust): void {
  const { name, keyId } = signature;
  const key = findKey(trust.keys, name, keyId);
  if (key === undefined)
    throw refused('SEAL_UNTRUSTED', `${file}: no key ${name}+${keyId} is known here`, {
      hint: 'name its verifier key with --key FILE, or a directory of keys with --keys DIR',
    });
  if (isRevokedKey(trust.revoked, name, keyId))
    throw refused('SEAL_UNTRUSTED', `${file}: the key ${name}+${keyId} was revoked`);
  if (!ed25519Verify(signature.signature, message, key.publicKey))
    throw refused('SEAL_INVALID', `${file}: the signature by ${name}+${keyId} is wrong`);
}

function parsed<T>(file: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    throw refused('SEAL_INVALID', `${file} is no answer to a request`, { cause });
  }
}

function refused(
  code: 'SEAL_INVALID' | 'SEAL_UNTRUSTED',
  message: string,
  context: { readonly hint?: string; readonly cause?: unknown } = {},
): RootsealError {
  return new RootsealError(code, message, context);
}
