/** Adds signatures to a commit's seal. Every signer signs the same text, a function of the commit alone. */
import type { CommitId } from '../formats/commit/commit.js';
import { ed25519Verify } from '../formats/seal/ed25519.js';
import type { KeyId, VerifierKey } from '../formats/seal/key.js';
import { parseSignatureLines, type NoteSignature } from '../formats/seal/note.js';
import { findKey, type Keyring } from '../formats/seal/trusted-keys.js';
import { readCommit } from '../repo/commits.js';
import type { Repository } from '../repo/repository.js';
import { addToSeal, sealTextOf } from '../repo/seals.js';
import { FormatError, RootsealError } from '../util/errors.js';
import { signBytes, type KeyedSigner } from './keyed-signer.js';
import { nameOfSignerCommand, runSignerCommand } from './signer-command.js';

/** Somebody who signs a text and says himself who has signed. */
export interface OutsideSigner {
  /** For errors: `the signer …`. */
  readonly name: string;
  /** Returns signature lines. */
  readonly sign: (
    text: string,
    id: CommitId,
    signal: AbortSignal | undefined,
  ) => Promise<Uint8Array>;
}

export interface Signers {
  /** Whose keys are known: each signature is checked. */
  readonly keyed: readonly KeyedSigner[];
  /** Asked after them. */
  readonly outside: readonly OutsideSigner[];
  /** Keys that the signatures of others are checked with, where they are there. */
  readonly known: Keyring;
}

/** Signatures of a text that are not yet in a seal. */
export interface NewSignatures {
  readonly signatures: readonly NoteSignature[];
  /** Those of them whose keys are not known, so that nobody has checked them. */
  readonly unchecked: readonly NoteSignature[];
}

/** A commit's seal after signing. */
export interface Sealed extends NewSignatures {
  /** All of the seal, old ones among them. */
  readonly signatures: readonly NoteSignature[];
  /** Old ones by keys that are not known here, for which there was no room any more. */
  readonly dropped: readonly NoteSignature[];
}

/**
 * Signs a commit and stores its seal. All signers have signed before anything is written. The caller holds the shared
 * lock.
 * @throws {RootsealError} FAILED when a signer fails or gives a wrong signature; the reason of the signal
 */
export async function sealCommit(
  repository: Repository,
  id: CommitId,
  signers: Signers,
  signal?: AbortSignal,
): Promise<Sealed> {
  const text = sealTextOf(id, readCommit(repository, id));
  const { signatures, unchecked } = await askSigners(signers, { text, id, signal });
  // Two signers at the same time must not lose each other's signature.
  const isKnown = ({ name, keyId }: NoteSignature) => hasKey(signers, name, keyId);
  const { note, dropped } = await repository.withRefsLock(() =>
    addToSeal(repository, id, { text, signatures, isKnown }),
  );
  return { signatures: note.signatures, unchecked, dropped };
}

function hasKey({ keyed, known }: Signers, name: string, keyId: KeyId): boolean {
  const isOne = (key: VerifierKey): boolean => key.name === name && key.keyId === keyId;
  return findKey(known, name, keyId) !== undefined || keyed.some(({ key }) => isOne(key));
}

/** What signers of a commit are asked for. */
export interface SealingRequest {
  readonly text: string;
  readonly id: CommitId;
  readonly signal: AbortSignal | undefined;
}

/** The signatures of all signers, one after the other. @throws {RootsealError} as `sealCommit` */
export async function askSigners(
  signers: Signers,
  request: SealingRequest,
): Promise<NewSignatures> {
  const signatures: NoteSignature[] = [];
  const unchecked: NoteSignature[] = [];
  for (const signer of signers.keyed) signatures.push(await signText(signer, request));
  for (const signer of signers.outside) {
    const lines = await askOutside(signer, request);
    requireNoneWrong(signer, lines, request.text, signers.known);
    for (const signature of lines) {
      signatures.push(signature);
      const { name, keyId } = signature;
      if (findKey(signers.known, name, keyId) === undefined) unchecked.push(signature);
    }
  }
  return { signatures, unchecked };
}

async function signText(
  signer: KeyedSigner,
  { text, id, signal }: SealingRequest,
): Promise<NoteSignature> {
  const { name, keyId } = signer.key;
  const message = Buffer.from(text, 'utf8');
  const context = { signal, about: { ROOTSEAL_COMMIT: id } };
  return { name, keyId, signature: await signBytes(signer, message, context) };
}

/** A command for `/bin/sh -c`: the text on standard input, signature lines on standard output. */
export function linesCommand(command: string): OutsideSigner {
  return {
    name: nameOfSignerCommand(command),
    sign: (text, id, signal) =>
      runSignerCommand(command, Buffer.from(text, 'utf8'), { ROOTSEAL_COMMIT: id }, signal),
  };
}

async function askOutside(
  signer: OutsideSigner,
  { text, id, signal }: SealingRequest,
): Promise<readonly NoteSignature[]> {
  try {
    return parseSignatureLines(await signer.sign(text, id, signal));
  } catch (cause) {
    signal?.throwIfAborted();
    if (!(cause instanceof RootsealError)) throw cause;
    const what = cause instanceof FormatError ? ' did not print signature lines' : '';
    throw signerError(signer, what, cause);
  }
}

/** A wrong signature by a known key spoils the seal for good, with all the right ones in it. */
function requireNoneWrong(
  signer: OutsideSigner,
  signatures: readonly NoteSignature[],
  text: string,
  known: Keyring,
): void {
  const message = Buffer.from(text, 'utf8');
  for (const { name, keyId, signature } of signatures) {
    const key = findKey(known, name, keyId);
    if (key !== undefined && !ed25519Verify(signature, message, key.publicKey))
      throw signerError(signer, ` printed a signature by ${name}+${keyId} that is wrong`);
  }
}

function signerError(signer: OutsideSigner, what: string, cause?: RootsealError): RootsealError {
  return new RootsealError('FAILED', `${signer.name}${what}`, cause === undefined ? {} : { cause });
}
