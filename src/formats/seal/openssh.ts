/** The body of an unencrypted OpenSSH private key with one Ed25519 key (PROTOCOL.key of OpenSSH 10). */
import { toHex } from '../../util/bytes.js';
import { FormatError } from '../../util/errors.js';
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
  const reader = new SshReader(body);
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
  const reader = new SshReader(secret);
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

/** Reads the data types of RFC 4251 section 5, with bounds. */
class SshReader {
  private readonly bytes: Buffer;
  private offset = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  take(size: number): Buffer {
    if (size > this.bytes.length - this.offset)
      throw new FormatError(FORMAT, 'the key ends too early', { offset: this.offset });
    const part = this.bytes.subarray(this.offset, this.offset + size);
    this.offset += size;
    return part;
  }

  uint32(): number {
    return this.take(4).readUInt32BE();
  }

  string(): Buffer {
    return this.take(this.uint32());
  }

  text(): string {
    return this.string().toString('latin1');
  }

  end(): void {
    if (this.offset !== this.bytes.length)
      throw new FormatError(FORMAT, 'there are bytes after the key', { offset: this.offset });
  }
}
