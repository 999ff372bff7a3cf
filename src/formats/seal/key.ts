/**
 * Verifier and signer keys, one line of text each (C2SP signed-note; docs/formats/seal.md, "Keys").
 *
 * Verifier: `<name>+<key id>+<base64(0x01 ‖ public key)>`. Signer: `PRIVATE+KEY+<name>+<key id>+<base64(0x01 ‖ seed)>`.
 */
import { createHash } from 'node:crypto';
import { FormatError } from '../../util/errors.js';
import { decodeBase64, encodeBase64 } from './base64.js';
import { ED25519_KEY_SIZE, ed25519PublicKey, isPrimeOrderPoint } from './ed25519.js';

declare const keyIdBrand: unique symbol;

/** The first 4 bytes of a hash of name, algorithm and public key: 8 lower-case hex digits. Not a secure hash. */
export type KeyId = string & { readonly [keyIdBrand]: true };

/** What a signature is checked with. */
export interface VerifierKey {
  readonly name: string;
  readonly keyId: KeyId;
  /** 32 bytes */
  readonly publicKey: Uint8Array;
}

/** What a signature is made with. Secret. */
export interface SignerKey extends VerifierKey {
  /** 32 bytes */
  readonly seed: Uint8Array;
}

/** Longest key name, in bytes of UTF-8. */
export const KEY_NAME_MAX = 255;
/** Signature type of Ed25519 (C2SP signed-note, "Signature types"). */
export const ALGORITHM_ED25519 = 0x01;
/** What a signer key begins with. */
export const SIGNER_KEY_PREFIX = 'PRIVATE+KEY+';
/** Longest line that is parsed as a key, in UTF-16 units. */
export const KEY_LINE_MAX = 512;

/** Says what is wrong with a key name, or nothing when it is good (C2SP signed-note, "Format"). */
export function keyNameProblem(name: string): string | undefined {
  if (name.length === 0) return 'the key name is empty';
  if (Buffer.byteLength(name, 'utf8') > KEY_NAME_MAX)
    return `the key name is longer than ${KEY_NAME_MAX} bytes`;
  if (name.includes('+')) return 'the key name contains a plus sign';
  if (/\p{White_Space}/u.test(name)) return 'the key name contains a space';
  if (/[\p{Cc}\p{Surrogate}]/u.test(name)) return 'the key name contains a control character';
  return undefined;
}

/** Whether `text` is spelled like a key id. */
export function isKeyId(text: string): text is KeyId {
  return /^[0-9a-f]{8}$/.test(text);
}

/** The id of an Ed25519 key: the start of SHA-256(name ‖ "\n" ‖ 0x01 ‖ public key). */
export function keyIdOf(name: string, publicKey: Uint8Array): KeyId {
  const hash = createHash('sha256').update(`${name}\n`, 'utf8');
  hash.update(Uint8Array.of(ALGORITHM_ED25519)).update(publicKey);
  return hash.digest('hex').slice(0, 8) as KeyId;
}

/**
 * The signer key with this name and seed.
 *
 * @param seed 32 bytes, from a good source of randomness; copied
 * @throws {FormatError} when the name or the length of the seed is wrong
 */
export function signerKeyFromSeed(name: string, seed: Uint8Array): SignerKey {
  checkName('signer key', name);
  if (seed.length !== ED25519_KEY_SIZE)
    throw new FormatError('signer key', `a seed has 32 bytes, found ${seed.length}`);
  const publicKey = ed25519PublicKey(seed);
  return { name, keyId: keyIdOf(name, publicKey), publicKey, seed: Uint8Array.from(seed) };
}

/**
 * The verifier key with this name and public key.
 *
 * @param publicKey 32 bytes; copied
 * @throws {FormatError} when the name is wrong or the bytes are not a public key of prime order
 */
export function verifierKeyFromPublicKey(name: string, publicKey: Uint8Array): VerifierKey {
  checkName('verifier key', name);
  // "Ed25519" rule 1 of docs/formats/seal.md: a small-order key verifies signatures that nobody made.
  if (publicKey.length !== ED25519_KEY_SIZE || !isPrimeOrderPoint(publicKey))
    throw new FormatError('verifier key', 'the public key is not a point of prime order', {
      field: 'public key',
    });
  return { name, keyId: keyIdOf(name, publicKey), publicKey: Uint8Array.from(publicKey) };
}

/** The part of a signer key that may be published. */
export function verifierOf(signer: SignerKey): VerifierKey {
  return { name: signer.name, keyId: signer.keyId, publicKey: signer.publicKey };
}

/** @throws {FormatError} when the line (without its newline) is not a verifier key */
export function parseVerifierKey(line: string): VerifierKey {
  const { name, keyId, key } = splitKey('verifier key', line);
  const verifier = verifierKeyFromPublicKey(name, key);
  return sameId('verifier key', verifier, keyId);
}

/** The line of a verifier key, without a newline. */
export function printVerifierKey(key: VerifierKey): string {
  return `${key.name}+${key.keyId}+${encodeKey(key.publicKey)}`;
}

/** @throws {FormatError} when the line (without its newline) is not a signer key; the message holds no part of it */
export function parseSignerKey(line: string): SignerKey {
  if (!line.startsWith(SIGNER_KEY_PREFIX))
    throw new FormatError('signer key', `expected a line that starts with ${SIGNER_KEY_PREFIX}`);
  const { name, keyId, key } = splitKey('signer key', line.slice(SIGNER_KEY_PREFIX.length));
  return sameId('signer key', signerKeyFromSeed(name, key), keyId);
}

/** The line of a signer key, without a newline. Secret. */
export function printSignerKey(key: SignerKey): string {
  return `${SIGNER_KEY_PREFIX}${key.name}+${key.keyId}+${encodeKey(key.seed)}`;
}

function checkName(format: string, name: string): void {
  const problem = keyNameProblem(name);
  if (problem !== undefined) throw new FormatError(format, problem, { field: 'name' });
}

function encodeKey(key: Uint8Array): string {
  return encodeBase64(Buffer.concat([Uint8Array.of(ALGORITHM_ED25519), key]));
}

interface KeyParts {
  readonly name: string;
  readonly keyId: string;
  readonly key: Uint8Array;
}

/** Base64 may contain plus signs, names and ids may not: the first two separate. */
function splitKey(format: string, text: string): KeyParts {
  if (text.length > KEY_LINE_MAX) throw new FormatError(format, 'the line is too long');
  const first = text.indexOf('+');
  const second = text.indexOf('+', first + 1);
  if (first < 0 || second < 0)
    throw new FormatError(format, 'expected a name, a key id and a key, separated by "+"');
  const keyId = text.slice(first + 1, second);
  if (!isKeyId(keyId))
    throw new FormatError(format, 'expected 8 lower-case hex digits', { field: 'key id' });
  const blob = decodeBase64(text.slice(second + 1));
  if (blob?.length !== 1 + ED25519_KEY_SIZE)
    throw new FormatError(format, 'expected 33 bytes in base64', { field: 'key' });
  if (blob[0] !== ALGORITHM_ED25519)
    throw new FormatError(format, 'the key is not of type 1 (Ed25519)', { field: 'key' });
  return { name: text.slice(0, first), keyId, key: blob.subarray(1) };
}

function sameId<T extends VerifierKey>(format: string, key: T, keyId: string): T {
  if (key.keyId !== keyId)
    throw new FormatError(format, `the key's id is ${key.keyId}, not ${keyId}`, {
      field: 'key id',
    });
  return key;
}
