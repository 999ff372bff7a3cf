/** Keys in files: made, read, imported; plain or sealed with a passphrase. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { ED25519_KEY_SIZE } from '../formats/seal/ed25519.js';
import {
  decryptSignerKey,
  encryptSignerKey,
  isEncryptedSignerKey,
  SALT_SIZE,
} from '../formats/seal/encrypted-key.js';
import { IMPORT_SIZE_MAX, importSignerKey } from '../formats/seal/import.js';
import {
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
import { readSmallFile } from '../repo/durable.js';
import { hasErrno, RootsealError } from '../util/errors.js';

/** Larger files are no keys. */
export const KEY_FILE_MAX = 4096;

/**
 * @param passphraseFile file whose first line is the passphrase; only read when the key needs one
 * @throws {RootsealError} PATH_NOT_FOUND when there is no such file, USAGE when a passphrase is needed
 * @throws {FormatError} when it holds no signer key or the passphrase is wrong
 */
export function readSignerKey(file: string, passphraseFile: string | undefined): SignerKey {
  const line = firstLine(readKeyFile(file));
  if (!isEncryptedSignerKey(line)) return parseSignerKey(line);
  if (passphraseFile === undefined) {
    throw new RootsealError('USAGE', `${file} is encrypted`, {
      hint: 'name a file with its passphrase with --passphrase-file',
    });
  }
  return decryptSignerKey(line, readPassphrase(passphraseFile));
}

/** The first line of a file, as bytes, without its newline. */
export function readPassphrase(file: string): Uint8Array {
  const bytes = readKeyFile(file);
  const newline = bytes.indexOf(0x0a);
  const passphrase = newline < 0 ? bytes : bytes.subarray(0, newline);
  if (passphrase.length === 0) throw new RootsealError('USAGE', `${file}: the passphrase is empty`);
  return passphrase;
}

/** @throws {RootsealError} PATH_NOT_FOUND when there is no such file */
export function readKeyFile(file: string): Buffer {
  const bytes = readSmallFile(file, KEY_FILE_MAX);
  if (bytes === undefined) throw noSuchFile(file);
  if (bytes.length > KEY_FILE_MAX)
    throw new RootsealError(
      'FORMAT_INVALID',
      `${file} is longer than ${KEY_FILE_MAX} bytes: it is no key`,
    );
  return bytes;
}

function firstLine(bytes: Uint8Array): string {
  return (Buffer.from(bytes).toString('utf8').split('\n', 1)[0] ?? '').trim();
}

/** A new signer key from the system's random numbers. */
export function generateSignerKey(name: string): SignerKey {
  return signerKeyFromSeed(name, randomBytes(ED25519_KEY_SIZE));
}

/**
 * Writes a signer key to `file`, mode 0600, and its verifier key to `file`.pub. Neither may exist: a key that is
 * written over is lost.
 * @param passphrase seals the signer key
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
  if (fs.existsSync(publicFile)) throw keyExists(publicFile);
  writeNewFile(file, `${line}\n`, 0o600);
  writeNewFile(publicFile, `${printVerifierKey(key)}\n`, 0o644);
}

/** The verifier key in a file, or of the signer key in it. */
export function readAnyKey(file: string, passphraseFile: string | undefined): VerifierKey {
  const line = firstLine(readKeyFile(file));
  const isSigner = line.startsWith(SIGNER_KEY_PREFIX) || isEncryptedSignerKey(line);
  return isSigner ? verifierOf(readSignerKey(file, passphraseFile)) : parseVerifierKey(line);
}

/** Another program's private key: PKCS#8 PEM, OpenSSH without a passphrase, or 32 bytes in base64 or hex. */
export function importKeyFile(file: string, name: string): SignerKey {
  const bytes = readSmallFile(file, IMPORT_SIZE_MAX);
  if (bytes === undefined) throw noSuchFile(file);
  return importSignerKey(bytes, name);
}

function writeNewFile(file: string, content: string, mode: number): void {
  try {
    fs.writeFileSync(file, content, { flag: 'wx', mode, flush: true });
  } catch (error) {
    throw hasErrno(error, 'EEXIST') ? keyExists(file) : error;
  }
}

function keyExists(file: string): RootsealError {
  return new RootsealError('USAGE', `${file} exists already`, {
    hint: 'name a file that does not exist: a key is never written over',
  });
}

function noSuchFile(file: string): RootsealError {
  return new RootsealError('PATH_NOT_FOUND', `${file}: no such file`, { details: { path: file } });
}
