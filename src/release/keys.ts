/** Signer keys in files: plain, or sealed with a passphrase. */
import { decryptSignerKey, isEncryptedSignerKey } from '../formats/seal/encrypted-key.js';
import { parseSignerKey, type SignerKey } from '../formats/seal/key.js';
import { RootsealError } from '../util/errors.js';
import { readSmallFile } from '../repo/durable.js';

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
  if (bytes === undefined)
    throw new RootsealError('PATH_NOT_FOUND', `${file}: no such file`, { details: { path: file } });
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
