/** Keys in files: made, read, imported; plain or encrypted with a passphrase. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { ED25519_KEY_SIZE } from '../formats/seal/ed25519.js';
import {
  decryptSignerKey,
  encryptSignerKey,
  isEncryptedSignerKey,
  PASSPHRASE_FIELD,
  SALT_SIZE,
} from '../formats/seal/encrypted-key.js';
import { IMPORT_SIZE_MAX, importSignerKey } from '../formats/seal/import.js';
import { importPublicKey } from '../formats/seal/import-public.js';
import {
  keyNameProblem,
  parseSignerKey,
  parseVerifierKey,
  printSignerKey,
  printVerifierKey,
  SIGNER_KEY_PREFIX,
  signerKeyFromSeed,
  verifierOf,
  type SignerKey,
  type VerifierKey,
} from '../formats/seal/key.js';
import { failureOf, FormatError, hasErrno, RootsealError } from '../util/errors.js';
import { hidesSomething } from '../util/printable.js';
import { parseNamedFile, readNamedFile } from './named-file.js';

/** Larger files are not keys. */
const KEY_FILE_MAX = 4096;

/**
 * @param passphraseFile file whose first line is the passphrase; only read when the key needs one
 * @throws {RootsealError} PATH_NOT_FOUND when there is no such file, FORMAT_INVALID when it holds no signer key, USAGE
 * when a passphrase is needed or the wrong one was given
 */
export function readSignerKey(file: string, passphraseFile: string | undefined): SignerKey {
  const line = readKeyLine(file);
  return openSignerKey(line, file, () => {
    if (passphraseFile !== undefined) return readPassphrase(passphraseFile);
    throw new RootsealError('USAGE', `${file} is encrypted`, {
      hint: 'name a file with its passphrase with --passphrase-file',
    });
  });
}

/** The line of a key in a file, whatever kind of key it is. */
export function readKeyLine(file: string): string {
  return firstLine(readKeyFile(file));
}

/**
 * The signer key of a line.
 * @param name what holds the line, for errors
 * @param passphrase only called when the key needs one
 * @throws {RootsealError} FORMAT_INVALID when it is none, USAGE when the passphrase is wrong
 */
export function openSignerKey(line: string, name: string, passphrase: () => Uint8Array): SignerKey {
  if (!isEncryptedSignerKey(line)) return parseNamedFile(name, () => parseSignerKey(line));
  const secret = passphrase();
  try {
    return parseNamedFile(name, () => decryptSignerKey(line, secret));
  } catch (error) {
    if (!isWrongPassphrase(error)) throw error;
    // The cipher cannot tell the two, and a wrong passphrase is by far the likelier.
    throw new RootsealError('USAGE', `${name}: the passphrase is wrong or the key is damaged`, {
      details: { path: name },
    });
  }
}

function isWrongPassphrase(error: unknown): boolean {
  const cause = error instanceof RootsealError ? error.cause : undefined;
  return cause instanceof FormatError && cause.place.field === PASSPHRASE_FIELD;
}

/** The first line of a file, as bytes, without its newline. */
export function readPassphrase(file: string): Uint8Array {
  const bytes = readKeyFile(file);
  const newline = bytes.indexOf(0x0a);
  const passphrase = newline < 0 ? bytes : bytes.subarray(0, newline);
  if (passphrase.length === 0) throw new RootsealError('USAGE', `${file}: the passphrase is empty`);
  return passphrase;
}

function readKeyFile(file: string): Buffer {
  const bytes = readNamedFile(file, KEY_FILE_MAX);
  if (bytes.length <= KEY_FILE_MAX) return bytes;
  throw new RootsealError(
    'FORMAT_INVALID',
    `${file} is longer than ${KEY_FILE_MAX} bytes: it is not a key`,
  );
}

function firstLine(bytes: Uint8Array): string {
  return (Buffer.from(bytes).toString('utf8').split('\n', 1)[0] ?? '').trim();
}

/**
 * A new signer key from the system's random numbers.
 * @throws {RootsealError} USAGE when no key can have this name
 */
export function generateSignerKey(name: string): SignerKey {
  requireKeyName(name);
  return signerKeyFromSeed(name, randomBytes(ED25519_KEY_SIZE));
}

/**
 * Writes a signer key to `file`, mode 0600, and its verifier key to `file`.pub. Neither may exist: a key that is
 * written over is lost.
 * @param passphrase encrypts the signer key
 * @throws {RootsealError} USAGE when one of the files exists
 */
export function writeKeyPair(
  file: string,
  key: SignerKey,
  passphrase: Uint8Array | undefined,
): void {
  const line =
    passphrase === undefined
      ? printSignerKey(key)
      : encryptSignerKey(key, { passphrase, salt: randomBytes(SALT_SIZE) });
  const publicFile = `${file}.pub`;
  if (fs.lstatSync(publicFile, { throwIfNoEntry: false }) !== undefined)
    throw keyExists(publicFile);
  writeNewFile(file, `${line}\n`, 0o600);
  try {
    writeNewFile(publicFile, `${printVerifierKey(key)}\n`, 0o644);
  } catch (error) {
    // Nobody knows the key yet; alone it would only stand in the way of the next attempt.
    fs.rmSync(file);
    throw error;
  }
}

/** The verifier key in a file, or of the signer key in it. */
export function readAnyKey(file: string, passphraseFile: string | undefined): VerifierKey {
  return verifierOfLine(file, readKeyLine(file), () => readSignerKey(file, passphraseFile));
}

/** @param readSigner only called for the line of a signer key */
export function verifierOfLine(
  file: string,
  line: string,
  readSigner: () => SignerKey,
): VerifierKey {
  const isSigner = line.startsWith(SIGNER_KEY_PREFIX) || isEncryptedSignerKey(line);
  return isSigner ? verifierOf(readSigner()) : parseNamedFile(file, () => parseVerifierKey(line));
}

/**
 * Another program's private key: PKCS#8 PEM, OpenSSH without a passphrase, or 32 bytes in base64 or hex.
 * @throws {RootsealError} PATH_NOT_FOUND, FORMAT_INVALID, and USAGE when no key can have this name
 */
export function importKeyFile(file: string, name: string): SignerKey {
  requireKeyName(name);
  const bytes = readNamedFile(file, IMPORT_SIZE_MAX);
  return parseNamedFile(file, () => importSignerKey(bytes, name));
}

/**
 * The verifier key of another program's public key: PEM, DER, OpenSSH or signify; undefined when the file holds something else.
 * @throws {RootsealError} PATH_NOT_FOUND, FORMAT_INVALID, and USAGE when no key can have this name
 */
export function importPublicKeyFile(file: string, name: string): VerifierKey | undefined {
  requireKeyName(name);
  const bytes = readNamedFile(file, IMPORT_SIZE_MAX);
  return parseNamedFile(file, () => importPublicKey(bytes, name));
}

/**
 * Writes a verifier key to `file`.pub, which must not exist.
 * @returns the file
 * @throws {RootsealError} USAGE when it exists
 */
export function writeVerifierKey(file: string, key: VerifierKey): string {
  const publicFile = `${file}.pub`;
  writeNewFile(publicFile, `${printVerifierKey(key)}\n`, 0o644);
  return publicFile;
}

/** Keys are told apart by their names: one that shows another name than it has is not made, and only refused here. */
function requireKeyName(name: string): void {
  const problem =
    keyNameProblem(name) ??
    (hidesSomething(name) ? 'the key name contains a character that is not shown' : undefined);
  if (problem !== undefined) throw new RootsealError('USAGE', problem);
}

/** What could not be written whole is removed: half a key file must not stand in the way of the next attempt. */
function writeNewFile(file: string, content: string, mode: number): void {
  let fd: number;
  try {
    fd = fs.openSync(file, 'wx', mode);
  } catch (error) {
    throw hasErrno(error, 'EEXIST') ? keyExists(file) : error;
  }
  try {
    fs.writeFileSync(fd, content, { flush: true });
  } catch (error) {
    fs.rmSync(file);
    throw failureOf(file, error);
  } finally {
    fs.closeSync(fd);
  }
}

function keyExists(file: string): RootsealError {
  return new RootsealError('USAGE', `${file} exists already`, {
    hint: 'name a file that does not exist: a key is never overwritten',
  });
}
