/** Adds signatures to a commit's seal. Every signer signs the same text, a function of the commit alone. */
import type { CommitId } from '../formats/commit/commit.js';
import type { SignerKey } from '../formats/seal/key.js';
import {
  parseSignatureLines,
  signText,
  type Note,
  type NoteSignature,
} from '../formats/seal/note.js';
import { run } from '../linux/exec.js';
import { readCommit } from '../repo/commits.js';
import type { Repository } from '../repo/repository.js';
import { addToSeal, sealTextOf } from '../repo/seals.js';
import { FormatError, RootsealError } from '../util/errors.js';

export interface Signers {
  readonly keys: readonly SignerKey[];
  /** Command lines for the shell: the text on standard input, signature lines on standard output. */
  readonly commands: readonly string[];
}

/**
 * Signs a commit and stores its seal. All signers have signed before anything is written. The caller holds the shared
 * lock.
 * @throws {RootsealError} FAILED when a command fails or prints something else than signature lines
 */
export async function sealCommit(
  repository: Repository,
  id: CommitId,
  signers: Signers,
): Promise<Note> {
  const text = sealTextOf(id, readCommit(repository, id));
  const signatures: NoteSignature[] = signers.keys.map((key) => signText(text, key));
  for (const command of signers.commands) signatures.push(...(await askCommand(command, text, id)));
  // Two signers at the same time must not lose each other's signature.
  return repository.withRefsLock(() => addToSeal(repository, id, text, signatures));
}

/** A failure is told in our own words. */
const ANY_STATUS = Array.from({ length: 256 }, (_, status) => status);

async function askCommand(
  command: string,
  text: string,
  id: CommitId,
): Promise<readonly NoteSignature[]> {
  const { stdout, stderr, status } = await run('/bin/sh', ['-c', command], {
    input: Buffer.from(text, 'utf8'),
    env: { ROOTSEAL_COMMIT: id },
    okStatuses: ANY_STATUS,
  });
  if (status !== 0) {
    const said = stderr === '' ? '' : `: ${stderr}`;
    throw new RootsealError(
      'FAILED',
      `the signer command ${JSON.stringify(command)} ended with exit status ${status}${said}`,
    );
  }
  try {
    return parseSignatureLines(stdout);
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    throw new RootsealError(
      'FAILED',
      `the signer command ${JSON.stringify(command)} did not print signature lines`,
      { cause },
    );
  }
}
