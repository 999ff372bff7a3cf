/** Whom a verifier trusts: its keys, and what was revoked (docs/formats/policy.md, "Keys" and "Revocations"). */
import { decodeUtf8 } from '../../util/canonical-json.js';
import { toHex, toBytes, type ByteString } from '../../util/bytes.js';
import { FormatError } from '../../util/errors.js';
import { parseTypedDigest, printTypedDigest } from '../digest-text.js';
import { isKeyId, keyNameProblem, parseVerifierKey, type KeyId, type VerifierKey } from './key.js';
import { settingLines } from '../setting-lines.js';

/** Verifier keys by name and id. */
export type Keyring = ReadonlyMap<string, VerifierKey>;

/** What is not trusted any more. */
export interface Revocations {
  /** Typed digests. */
  readonly images: ReadonlySet<string>;
  /** Of every key with this id. */
  readonly keyIds: ReadonlySet<KeyId>;
  /** `<name>+<key id>`: an id has 32 bits, so somebody can make a key of his own that has the id of another. */
  readonly keys: ReadonlySet<string>;
}

/** Most different keys and revocations that count: the boot program keeps them in memory of a fixed size. */
export const KEYRING_MAX = 2048;
export const REVOKED_IMAGES_MAX = 1024;
export const REVOKED_KEYS_MAX = 8192;
export const REVOKED_NAMED_KEYS_MAX = 1024;

/** Where nothing was revoked. */
export const NO_REVOCATIONS: Revocations = {
  images: new Set(),
  keyIds: new Set(),
  keys: new Set(),
};

/**
 * Parses a file of verifier keys, one a line.
 *
 * @throws {FormatError} naming the line that is not a key
 */
export function parseVerifierKeys(bytes: Uint8Array): readonly VerifierKey[] {
  return settingLines(bytes, 'verifier keys').map(({ number: line, text }) => {
    try {
      return parseVerifierKey(decodeUtf8(toBytes(text as ByteString), 'verifier key'));
    } catch (cause) {
      throw new FormatError('verifier keys', 'the line is not a key', { line }, cause);
    }
  });
}

/**
 * Collects keys for look-up. The same key may be there several times.
 *
 * @throws {FormatError} when two different keys have the same name and id, for signatures could not be told apart, or
 * there are more than `KEYRING_MAX`
 */
export function makeKeyring(keys: Iterable<VerifierKey>): Keyring {
  const ring = new Map<string, VerifierKey>();
  for (const key of keys) {
    const other = findKey(ring, key.name, key.keyId);
    if (other !== undefined && toHex(other.publicKey) !== toHex(key.publicKey))
      throw new FormatError(
        'verifier keys',
        `two different keys are called ${key.name}+${key.keyId}`,
      );
    ring.set(`${key.name}+${key.keyId}`, key);
  }
  limit('verifier keys', ring.size, KEYRING_MAX);
  return ring;
}

/** The key that a signature line names, if it is known. */
export function findKey(ring: Keyring, name: string, keyId: KeyId): VerifierKey | undefined {
  return ring.get(`${name}+${keyId}`);
}

/** Whether a key was revoked, by its id alone or by name and id. */
export function isRevokedKey(revoked: Revocations, name: string, keyId: KeyId): boolean {
  return revoked.keyIds.has(keyId) || revoked.keys.has(`${name}+${keyId}`);
}

/**
 * Parses a file of revocations. A line is a typed image digest, a key id, or `<name>+<key id>`.
 *
 * @throws {FormatError} naming the line that is none of them
 */
export function parseRevocations(bytes: Uint8Array): Revocations {
  const images = new Set<string>();
  const keyIds = new Set<KeyId>();
  const keys = new Set<string>();
  for (const { number: line, text } of settingLines(bytes, 'revocations')) {
    if (isKeyId(text)) keyIds.add(text);
    else if (text.includes('+')) keys.add(parseRevokedKey(text, line));
    else images.add(parseRevokedImage(text, line));
  }
  return { images, keyIds, keys };
}

/**
 * Everything that any of the lists revokes.
 *
 * @throws {FormatError} when it is more than `REVOKED_IMAGES_MAX` images, `REVOKED_KEYS_MAX` key ids, or
 * `REVOKED_NAMED_KEYS_MAX` keys by name and id
 */
export function mergeRevocations(lists: readonly Revocations[]): Revocations {
  const images = new Set(lists.flatMap((list) => [...list.images]));
  const keyIds = new Set(lists.flatMap((list) => [...list.keyIds]));
  const keys = new Set(lists.flatMap((list) => [...list.keys]));
  limit('revocations', images.size, REVOKED_IMAGES_MAX);
  limit('revocations', keyIds.size, REVOKED_KEYS_MAX);
  limit('revocations', keys.size, REVOKED_NAMED_KEYS_MAX);
  return { images, keyIds, keys };
}

function limit(format: string, count: number, most: number): void {
  if (count > most) throw new FormatError(format, `${count} different entries, more than ${most}`);
}

/** `<name>+<key id>` with a name that a key can have, as it stands there. */
function parseRevokedKey(text: string, line: number): string {
  try {
    const key = decodeUtf8(toBytes(text as ByteString), 'revocations');
    const plus = key.indexOf('+');
    const isKey = isKeyId(key.slice(plus + 1)) && keyNameProblem(key.slice(0, plus)) === undefined;
    if (isKey) return key;
  } catch (cause) {
    throw noRevocation(line, cause);
  }
  throw noRevocation(line);
}

function parseRevokedImage(text: string, line: number): string {
  try {
    return printTypedDigest(parseTypedDigest(text));
  } catch (cause) {
    throw noRevocation(line, cause);
  }
}

function noRevocation(line: number, cause?: unknown): FormatError {
  const message =
    'expected a key id (8 hex digits), a key\'s name, "+" and its id, or a typed image digest';
  return new FormatError('revocations', message, { line }, cause);
}
