/**
 * Ed25519 keys of other programs: PKCS#8 PEM (RFC 8410), OpenSSH private keys (openssh-key-v1, PROTOCOL.key of
 * OpenSSH 10), and raw seeds in hexadecimal, base64 or 32 bytes.
 */
import { createPrivateKey } from 'node:crypto';
import { fromBytes, toHex } from '../../util/bytes.js';
import { FormatError } from '../../util/errors.js';
import { pemBodies } from '../pem.js';
import { decodeBase64 } from './base64.js';
import { ED25519_KEY_SIZE, ed25519PublicKey } from './ed25519.js';
import { signerKeyFromSeed, type SignerKey } from './key.js';
import { seedOfOpenSsh } from './openssh.js';

/** Longest file that is imported, in bytes. */
export const IMPORT_SIZE_MAX = 64 * 1024;

const FORMAT = 'private key';

/**
 * Turns another program's private key into a signer key.
 *
 * @param bytes the whole file
 * @param name name of the new key
 * @throws {FormatError} when the file is encrypted, of another algorithm or not understood
 */
export function importSignerKey(bytes: Uint8Array, name: string): SignerKey {
  if (bytes.length > IMPORT_SIZE_MAX)
    throw new FormatError(FORMAT, `${bytes.length} bytes, more than ${IMPORT_SIZE_MAX}`);
  return signerKeyFromSeed(name, seedOf(bytes));
}

function seedOf(bytes: Uint8Array): Uint8Array {
  // Raw keys first: 32 random bytes may look like anything.
  if (bytes.length === ED25519_KEY_SIZE) return bytes;
  const text = fromBytes(bytes).trim();
  if (text.includes('-----BEGIN OPENSSH PRIVATE KEY-----'))
    return seedOfOpenSsh(pemBody(text, 'OPENSSH PRIVATE KEY'));
  if (text.includes('-----BEGIN ENCRYPTED PRIVATE KEY-----'))
    throw new FormatError(FORMAT, 'the key is encrypted: remove its passphrase first');
  if (text.includes('-----BEGIN PRIVATE KEY-----')) return seedOfPkcs8(text);
  if (/^[0-9a-fA-F]{64}$/.test(text)) return Buffer.from(text, 'hex');
  const raw = decodeBase64(text);
  if (raw?.length === ED25519_KEY_SIZE) return raw;
  if (raw?.length === 2 * ED25519_KEY_SIZE) return seedOfPair(raw);
  throw new FormatError(
    FORMAT,
    'expected PKCS#8 PEM, an OpenSSH private key, or a seed of 32 bytes in hex or base64',
  );
}

function seedOfPkcs8(pem: string): Uint8Array {
  const der = pemBody(pem, 'PRIVATE KEY');
  let seed: string | undefined;
  try {
    const key = createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' });
    if (key.asymmetricKeyType === 'ed25519') seed = key.export({ format: 'jwk' }).d;
  } catch (cause) {
    throw new FormatError(FORMAT, 'the PKCS#8 key is damaged', {}, cause);
  }
  if (seed === undefined) throw new FormatError(FORMAT, 'the PKCS#8 key is not an Ed25519 key');
  return Buffer.from(seed, 'base64url');
}

/** Seed and public key in a row, as OSTree and libsodium keep secret keys. */
function seedOfPair(pair: Uint8Array): Uint8Array {
  const seed = pair.subarray(0, ED25519_KEY_SIZE);
  if (toHex(ed25519PublicKey(seed)) !== toHex(pair.subarray(ED25519_KEY_SIZE)))
    throw new FormatError(FORMAT, 'the second half is not the public key of the first');
  return seed;
}

/** The bytes between the first armour lines of this label. */
function pemBody(text: string, label: string): Uint8Array {
  const [body] = pemBodies(text, label);
  if (body === undefined) throw new FormatError(FORMAT, `the ${label} armour is damaged`);
  return body;
}
