/** Keys: made, read, written. A signer key is secret; nothing that prints or serialises the object shows it. */

/** What a signature is checked with. */
export interface VerifierKey {
  readonly name: string;
  /** 8 lower-case hex digits. */
  readonly keyId: string;
  /** The line that a `*.pub` file holds, without its newline. */
  readonly text: string;
}

/** What a signature is made with. Only functions of this library can make one. */
export interface SignerKey {
  readonly name: string;
  /** 8 lower-case hex digits. */
  readonly keyId: string;
  /** The half that may be published. */
  readonly verifier: VerifierKey;
}

export interface PassphraseOptions {
  /** Text is taken as UTF-8. */
  readonly passphrase?: string | Uint8Array | undefined;
}

const load = () => import('./inside/key-calls.js');

/**
 * A new signer key from the system's random numbers.
 * @param name usually a domain name
 * @throws {RootsealError} USAGE when no key can have this name
 */
export async function generateSignerKey(name: string): Promise<SignerKey> {
  return (await load()).generate(name);
}

/**
 * The signer key in a file, as `rootseal key generate` or `writeSignerKey` writes it.
 * @throws {RootsealError} PATH_NOT_FOUND; FORMAT_INVALID when it holds none; USAGE when a passphrase is needed or wrong
 */
export async function readSignerKey(
  file: string,
  options: PassphraseOptions = {},
): Promise<SignerKey> {
  return (await load()).readSigner(file, options);
}

/**
 * The signer key of the text of such a file: for secrets that come in a variable.
 * @throws {RootsealError} FORMAT_INVALID; USAGE when a passphrase is needed or wrong
 */
export async function parseSignerKey(
  text: string,
  options: PassphraseOptions = {},
): Promise<SignerKey> {
  return (await load()).parseSigner(text, options);
}

/**
 * Another program's Ed25519 private key: PKCS#8 PEM, OpenSSH without a passphrase, or 32 bytes in base64 or hex.
 * @throws {RootsealError} PATH_NOT_FOUND; FORMAT_INVALID; USAGE when no key can have this name
 */
export async function importSignerKey(file: string, name: string): Promise<SignerKey> {
  return (await load()).importSigner(file, name);
}

/**
 * Writes a signer key to `file`, mode 0600, sealed with the passphrase if there is one, and its verifier key to `file`.pub. Both
 * are on the disk afterwards.
 * @throws {RootsealError} USAGE when one of the files exists: a key is never overwritten
 */
export async function writeSignerKey(
  file: string,
  key: SignerKey,
  options: PassphraseOptions = {},
): Promise<void> {
  await (await load()).writeSigner(file, key, options);
}

/**
 * The verifier key in a file, or of the signer key in it.
 * @throws {RootsealError} PATH_NOT_FOUND; FORMAT_INVALID; USAGE when a passphrase is needed or wrong
 */
export async function readVerifierKey(
  file: string,
  options: PassphraseOptions = {},
): Promise<VerifierKey> {
  return (await load()).readVerifier(file, options);
}

/**
 * The verifier key of a line.
 * @throws {RootsealError} FORMAT_INVALID
 */
export async function parseVerifierKey(text: string): Promise<VerifierKey> {
  return (await load()).parseVerifier(text);
}
