/**
 * Signer keys encrypted with a passphrase (docs/formats/seal.md, "Signer keys with a passphrase"): scrypt (RFC 7914)
 * and ChaCha20-Poly1305 (RFC 8439).
 *
 * One line: `ENCRYPTED+PRIVATE+KEY+<name>+<key id>+scrypt-<log2 N>+<base64(salt ‖ encrypted seed)>`.
 */
import { createCipheriv, createDecipheriv, scryptSync } from 'node:crypto';
import { FormatError } from '../../util/errors.js';
import { decodeBase64, encodeBase64 } from './base64.js';
import { ED25519_KEY_SIZE } from './ed25519.js';
import { KEY_LINE_MAX, keyNameProblem, signerKeyFromSeed, type SignerKey } from './key.js';

/** What an encrypted signer key begins with. */
export const ENCRYPTED_KEY_PREFIX = 'ENCRYPTED+PRIVATE+KEY+';
/** Size of the salt in bytes. It must never be used twice with one passphrase. */
export const SALT_SIZE = 16;
/** Costs that are read, as base-2 logarithms of scrypt's N: 1 MiB and 256 MiB of memory. */
export const SCRYPT_LOG_N_MIN = 10;
export const SCRYPT_LOG_N_MAX = 18;
/** Cost of new keys: 128 MiB of memory. */
export const SCRYPT_LOG_N_DEFAULT = 17;

/** `place.field` of the error that says that a key does not open. */
export const PASSPHRASE_FIELD = 'passphrase';

const FORMAT = 'encrypted signer key';
const SCRYPT_R = 8;
const SCRYPT_P = 1;
const CIPHER = 'chacha20-poly1305';
const CIPHER_KEY_SIZE = 32;
const NONCE_SIZE = 12;
const TAG_SIZE = 16;

/** How a key is encrypted. */
export interface PassphraseEncryption {
  /** Bytes as they are; no newline is removed. */
  readonly passphrase: Uint8Array;
  /** `SALT_SIZE` fresh random bytes. */
  readonly salt: Uint8Array;
  /** Base-2 logarithm of scrypt's N. */
  readonly logN?: number;
}

/** Whether a line is an encrypted signer key, judged by its beginning. */
export function isEncryptedSignerKey(line: string): boolean {
  return line.startsWith(ENCRYPTED_KEY_PREFIX);
}

/** The line of a signer key encrypted with a passphrase, without a newline. */
export function encryptSignerKey(key: SignerKey, how: PassphraseEncryption): string {
  const { passphrase, salt, logN = SCRYPT_LOG_N_DEFAULT } = how;
  if (salt.length !== SALT_SIZE)
    throw new FormatError(FORMAT, `a salt has ${SALT_SIZE} bytes, found ${salt.length}`);
  checkCost(logN);
  const head = `${ENCRYPTED_KEY_PREFIX}${key.name}+${key.keyId}+scrypt-${logN}+`;
  const { cipherKey, nonce } = stretch(passphrase, salt, logN);
  const cipher = createCipheriv(CIPHER, cipherKey, nonce, { authTagLength: TAG_SIZE });
  cipher.setAAD(Buffer.from(head, 'utf8'), { plaintextLength: key.seed.length });
  const encrypted = Buffer.concat([cipher.update(key.seed), cipher.final()]);
  return head + encodeBase64(Buffer.concat([salt, encrypted, cipher.getAuthTag()]));
}

/**
 * Opens an encrypted signer key.
 *
 * @param line without its newline
 * @throws {FormatError} when the line is malformed or the passphrase is wrong
 */
export function decryptSignerKey(line: string, passphrase: Uint8Array): SignerKey {
  const { head, name, keyId, logN, blob } = parseLine(line);
  const salt = blob.subarray(0, SALT_SIZE);
  const encrypted = blob.subarray(SALT_SIZE, SALT_SIZE + ED25519_KEY_SIZE);
  const { cipherKey, nonce } = stretch(passphrase, salt, logN);
  const decipher = createDecipheriv(CIPHER, cipherKey, nonce, { authTagLength: TAG_SIZE });
  decipher.setAAD(Buffer.from(head, 'utf8'), { plaintextLength: encrypted.length });
  decipher.setAuthTag(blob.subarray(SALT_SIZE + ED25519_KEY_SIZE));
  let seed: Buffer;
  try {
    seed = Buffer.concat([decipher.update(encrypted), decipher.final()]);
  } catch (cause) {
    throw new FormatError(
      FORMAT,
      'the passphrase is wrong or the key is damaged',
      { field: PASSPHRASE_FIELD },
      cause,
    );
  }
  const key = signerKeyFromSeed(name, seed);
  if (key.keyId !== keyId)
    throw new FormatError(FORMAT, `the key's id is ${key.keyId}, not ${keyId}`);
  return key;
}

interface EncryptedLine {
  /** Everything before the base64; authenticated. */
  readonly head: string;
  readonly name: string;
  readonly keyId: string;
  readonly logN: number;
  readonly blob: Uint8Array;
}

function parseLine(line: string): EncryptedLine {
  const parts =
    line.length > KEY_LINE_MAX
      ? null
      : /^(ENCRYPTED\+PRIVATE\+KEY\+([^+]+)\+([0-9a-f]{8})\+scrypt-([1-9][0-9])\+)([A-Za-z0-9+/=]+)$/.exec(
          line,
        );
  if (parts === null)
    throw new FormatError(
      FORMAT,
      `expected ${ENCRYPTED_KEY_PREFIX}<name>+<key id>+scrypt-<log2 N>+<base64>`,
    );
  const [, head = '', name = '', keyId = '', logN = '', base64 = ''] = parts;
  const problem = keyNameProblem(name);
  if (problem !== undefined) throw new FormatError(FORMAT, problem, { field: 'name' });
  checkCost(Number(logN));
  const blob = decodeBase64(base64);
  const size = SALT_SIZE + ED25519_KEY_SIZE + TAG_SIZE;
  if (blob?.length !== size) throw new FormatError(FORMAT, `expected ${size} bytes in base64`);
  return { head, name, keyId, logN: Number(logN), blob };
}

/** A bound before anything is allocated: a hostile file must not choose how much memory is used. */
function checkCost(logN: number): void {
  if (!(Number.isInteger(logN) && logN >= SCRYPT_LOG_N_MIN && logN <= SCRYPT_LOG_N_MAX))
    throw new FormatError(
      FORMAT,
      `the cost is ${logN}, not between ${SCRYPT_LOG_N_MIN} and ${SCRYPT_LOG_N_MAX}`,
    );
}

/** The salt is fresh for each key, so the nonce may come from the passphrase and the salt too. */
function stretch(passphrase: Uint8Array, salt: Uint8Array, logN: number) {
  const N = 2 ** logN;
  const maxmem = 128 * SCRYPT_R * (N + SCRYPT_P) + (1 << 20);
  const stretched = scryptSync(passphrase, salt, CIPHER_KEY_SIZE + NONCE_SIZE, {
    N,
    r: SCRYPT_R,
    p: SCRYPT_P,
    maxmem,
  });
  return {
    cipherKey: stretched.subarray(0, CIPHER_KEY_SIZE),
    nonce: stretched.subarray(CIPHER_KEY_SIZE),
  };
}
