/** The body of an unencrypted OpenSSH private key with one Ed25519 key (PROTOCOL.key of OpenSSH 10). */
import { toHex } from '../../util/bytes.js';
import { FormatError } from '../../util/errors.js';
import { SshReader } from '../ssh-wire.js';
import { ED25519_KEY_SIZE, ed25519PublicKey } from './ed25519.js';

const FORMAT = 'OpenSSH private key';
const MAGIC = 'openssh-key-v1\0';
const KEY_TYPE = 'ssh-ed25519';

/**
 * The seed (32 bytes) of the key.
 *
 * @param body the bytes inside the armour
 * @throws {FormatError} when the key is encrypted, of another type or damaged
 */
export function seedOfOpenSsh(body: Uint8Array): Uint8Array {
  const reader = new SshReader(FORMAT, body);
  if (reader.take(MAGIC.length).toString('latin1') !== MAGIC)
    throw new FormatError(FORMAT, 'the magic is missing');
  const cipher = reader.text();
  const kdf = reader.text();
  if (cipher !== 'none' || kdf !== 'none')
    throw new FormatError(FORMAT, 'the key is encrypted: remove its passphrase first');
  reader.string();
  if (reader.uint32() !== 1) throw new FormatError(FORMAT, 'expected exactly one key');
  reader.string();
  const secret = reader.string();
  reader.end();
  return seedOfSecret(secret);
}

function seedOfSecret(secret: Buffer): Uint8Array {
  const reader = new SshReader(FORMAT, secret);
  if (reader.uint32() !== reader.uint32())
    throw new FormatError(FORMAT, 'the check numbers differ');
  if (reader.text() !== KEY_TYPE) throw new FormatError(FORMAT, 'the key is not an Ed25519 key');
  const publicKey = reader.string();
  const pair = reader.string();
  if (publicKey.length !== ED25519_KEY_SIZE || pair.length !== 2 * ED25519_KEY_SIZE)
    throw new FormatError(FORMAT, 'the key has a wrong length');
  const seed = pair.subarray(0, ED25519_KEY_SIZE);
  const derived = toHex(ed25519PublicKey(seed));
  if (derived !== toHex(publicKey) || derived !== toHex(pair.subarray(ED25519_KEY_SIZE)))
    throw new FormatError(FORMAT, 'the public key is not that of the private key');
  return seed;
}
