/**
 * Somebody who signs bytes with one Ed25519 key that is known: a key in a file, in an agent, behind a command. Seals and attestations
 * are signed through this; a signature is checked before anybody sees it.
 */
import { ED25519_SIGNATURE_SIZE, ed25519Sign, ed25519Verify } from '../formats/seal/ed25519.js';
import { verifierOf, type SignerKey, type VerifierKey } from '../formats/seal/key.js';
import { RootsealError } from '../util/errors.js';
import { nameOfSignerCommand, runSignerCommand } from './signer-command.js';

/** What goes with the bytes. */
export interface SigningContext {
  /** Ends the waiting for a signer; its reason is what is thrown. */
  readonly signal?: AbortSignal | undefined;
  /** What is signed, as variables for commands: `ROOTSEAL_COMMIT`. */
  readonly about?: Readonly<Record<string, string>> | undefined;
}

export interface KeyedSigner {
  /** Whose signature it is. */
  readonly key: VerifierKey;
  /** For errors: `the signer …`. */
  readonly name: string;
  /** The 64 bytes R ‖ S of pure Ed25519 over `message`; nobody has checked them. Errors name the signer. */
  readonly sign: (message: Uint8Array, context: SigningContext) => Promise<Uint8Array>;
}

/**
 * The signature (64 bytes) of `message`, checked.
 * @throws {RootsealError} FAILED when the signer fails, or the signature is wrong; the reason of the signal
 */
export async function signBytes(
  signer: KeyedSigner,
  message: Uint8Array,
  context: SigningContext = {},
): Promise<Uint8Array> {
  context.signal?.throwIfAborted();
  const signature = await signer.sign(message, context).finally(() => {
    // Whoever was interrupted fails in his own way, or not at all.
    context.signal?.throwIfAborted();
  });
  const { name, keyId, publicKey } = signer.key;
  if (ed25519Verify(signature, message, publicKey)) return signature;
  throw new RootsealError('FAILED', `${signer.name} gave a wrong signature for ${name}+${keyId}`, {
    details: { name, keyId },
    hint: 'another key has signed, or not the bytes themselves: pure Ed25519 is asked for, without a hash before it',
  });
}

/** A key that is in memory. */
export function fileSigner(key: SignerKey): KeyedSigner {
  return {
    key: verifierOf(key),
    name: `the signer key ${key.name}+${key.keyId}`,
    sign: (message) => Promise.resolve(ed25519Sign(message, key.seed)),
  };
}

/** A command for `/bin/sh -c` that gets the bytes on standard input and prints the 64 bytes of the signature, and nothing else. */
export function commandSigner(command: string, key: VerifierKey): KeyedSigner {
  return {
    key,
    name: nameOfSignerCommand(command),
    sign: async (message, { about = {}, signal }) => {
      try {
        return requireSize(command, await runSignerCommand(command, message, about, signal));
      } catch (cause) {
        if (!(cause instanceof RootsealError) || cause instanceof WrongSize) throw cause;
        throw new RootsealError('FAILED', nameOfSignerCommand(command), { cause });
      }
    },
  };
}

/** What a command printed can be no signature. */
class WrongSize extends RootsealError {}

function requireSize(command: string, printed: Buffer): Buffer {
  const { length } = printed;
  if (length === ED25519_SIGNATURE_SIZE) return printed;
  const found = length === 1 ? '1 byte' : `${length} bytes`;
  throw new WrongSize(
    'FAILED',
    `${nameOfSignerCommand(command)} printed ${found}, and a signature has ${ED25519_SIGNATURE_SIZE}`,
    {
      hint: 'it is to print the signature alone (R and S): no text, no base64, no newline behind it',
    },
  );
}
