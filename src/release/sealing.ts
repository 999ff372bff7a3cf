/** Adds signatures to a commit's seal. Every signer signs the same text, a function of the commit alone. */
import type { CommitId } from '../formats/commit/commit.js';
import { ed25519Verify } from '../formats/seal/ed25519.js';
import type { SignerKey } from '../formats/seal/key.js';
import { parseSignatureLines, signText, type NoteSignature } from '../formats/seal/note.js';
import { findKey, type Keyring } from '../formats/seal/trusted-keys.js';
import { readCommit } from '../repo/commits.js';
import type { Repository } from '../repo/repository.js';
import { addToSeal, sealTextOf } from '../repo/seals.js';
import { FormatError, RootsealError } from '../util/errors.js';
import { nameOfSignerCommand, runSignerCommand } from './signer-command.js';

/** Somebody who signs a text and keeps the key. */
export interface OutsideSigner {
  /** For errors: `the signer …`. */
  readonly name: string;
  /** Returns signature lines. */
  readonly sign: (text: string, id: CommitId) => Promise<Uint8Array>;
}

export interface Signers {
  readonly keys: readonly SignerKey[];
  /** Command lines for `/bin/sh -c`: the text on standard input, signature lines on standard output. */
  readonly commands: readonly string[];
  /** Signers whose keys are elsewhere, asked after the commands. */
  readonly outside?: readonly OutsideSigner[];
  /** Keys that the signatures of commands are checked with, where they are there. */
  readonly known: Keyring;
}

/** A commit's seal after signing. */
export interface Sealed {
  readonly signatures: readonly NoteSignature[];
  /** New signatures whose keys are not known, so that nobody has checked them. */
  readonly unchecked: readonly NoteSignature[];
}

/**
 * Signs a commit and stores its seal. All signers have signed before anything is written. The caller holds the shared
 * lock.
 * @throws {RootsealError} FAILED when a command fails, a signer gives something else than signature lines, or a wrong signature
 * by a known key
 */
export async function sealCommit(
  repository: Repository,
  id: CommitId,
  signers: Signers,
): Promise<Sealed> {
  const text = sealTextOf(id, readCommit(repository, id));
  const signatures: NoteSignature[] = signers.keys.map((key) => signText(text, key));
  const unchecked: NoteSignature[] = [];
  for (const signer of [...signers.commands.map(commandSigner), ...(signers.outside ?? [])]) {
    const lines = await askSigner(signer, text, id);
    requireNoneWrong(signer, lines, text, signers.known);
    for (const signature of lines) {
      signatures.push(signature);
      const { name, keyId } = signature;
      if (findKey(signers.known, name, keyId) === undefined) unchecked.push(signature);
    }
  }
  // Two signers at the same time must not lose each other's signature.
  const note = await repository.withRefsLock(() => addToSeal(repository, id, text, signatures));
  return { signatures: note.signatures, unchecked };
}

function commandSigner(command: string): OutsideSigner {
  return {
    name: nameOfSignerCommand(command),
    sign: (text, id) => {
      const message = Buffer.from(text, 'utf8');
      return runSignerCommand(command, message, { ROOTSEAL_COMMIT: id });
    },
  };
}

async function askSigner(
  signer: OutsideSigner,
  text: string,
  id: CommitId,
): Promise<readonly NoteSignature[]> {
  try {
    return parseSignatureLines(await signer.sign(text, id));
  } catch (cause) {
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
