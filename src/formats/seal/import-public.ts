/**
 * Public Ed25519 keys of other programs, whose other halves are in agents, tokens and services: PEM or DER (RFC 8410), a line of OpenSSH
 * (RFC 8709), and signify.
 */
import { createPublicKey } from 'node:crypto';
import { fromBytes } from '../../util/bytes.js';
import { FormatError } from '../../util/errors.js';
import { pemBodies } from '../pem.js';
import { SshReader } from '../ssh-wire.js';
import { decodeBase64 } from './base64.js';
import { ED25519_KEY_SIZE } from './ed25519.js';
import { IMPORT_SIZE_MAX } from './import.js';
import { verifierKeyFromPublicKey, type VerifierKey } from './key.js';

const FORMAT = 'public key';
const SSH_TYPE = 'ssh-ed25519';
/** SubjectPublicKeyInfo of an Ed25519 key in DER, up to the key: it has no other spelling. */
const DER_HEAD = Buffer.from('302a300506032b6570032100', 'hex');
/** Of signify and minisign: two letters, the number of the key (8 bytes) and the key. */
const SIGNIFY_ALGORITHM = 'Ed';
const SIGNIFY_HEAD_SIZE = 10;

/**
 * The verifier key of another program's public key; undefined when the bytes are none, such as those of a private key.
 *
 * @param bytes the whole file
 * @param name name of the new key
 * @throws {FormatError} when it is of another algorithm, or damaged
 */
export function importPublicKey(bytes: Uint8Array, name: string): VerifierKey | undefined {
  if (bytes.length > IMPORT_SIZE_MAX) return undefined;
  const publicKey = keyOfDer(bytes) ?? publicKeyOf(fromBytes(bytes).trim());
  return publicKey === undefined ? undefined : verifierKeyFromPublicKey(name, publicKey);
}

function keyOfDer(bytes: Uint8Array): Uint8Array | undefined {
  const size = DER_HEAD.length;
  const isKey =
    bytes.length === size + ED25519_KEY_SIZE && DER_HEAD.equals(bytes.subarray(0, size));
  return isKey ? bytes.subarray(size) : undefined;
}

function publicKeyOf(text: string): Uint8Array | undefined {
  if (text.startsWith('-----BEGIN PUBLIC KEY-----')) return keyOfPem(text);
  if (/^(?:sk-)?(?:ssh|ecdsa)-[a-z0-9@.-]+ /.test(text)) return keyOfOpenSsh(text);
  if (text.startsWith('untrusted comment:')) return keyOfSignify(text);
  return undefined;
}

function keyOfPem(pem: string): Uint8Array {
  const [der, ...others] = pemBodies(pem, 'PUBLIC KEY');
  if (der === undefined || others.length > 0)
    throw new FormatError(FORMAT, 'the PUBLIC KEY armour is damaged');
  let x: string | undefined;
  try {
    const key = createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });
    if (key.asymmetricKeyType === 'ed25519') x = key.export({ format: 'jwk' }).x;
  } catch (cause) {
    throw new FormatError(FORMAT, 'the PEM is damaged', {}, cause);
  }
  if (x === undefined) throw new FormatError(FORMAT, 'it is not an Ed25519 key');
  return Buffer.from(x, 'base64url');
}

/** `ssh-ed25519 BASE64 COMMENT`, as `ssh-add -L` prints it. */
function keyOfOpenSsh(text: string): Uint8Array {
  const [line = '', ...others] = text.split('\n');
  const [type = '', base64 = ''] = line.split(' ');
  if (others.length > 0) throw new FormatError(FORMAT, 'there are several lines, expected one key');
  if (type !== SSH_TYPE)
    throw new FormatError(FORMAT, `a key of type ${type} signs no seal, ${SSH_TYPE} does`);
  const blob = decodeBase64(base64);
  if (blob === undefined) throw new FormatError(FORMAT, 'the key is not in canonical base64');
  const reader = new SshReader(FORMAT, blob);
  const inner = reader.text();
  const key = reader.string();
  reader.end();
  if (inner !== SSH_TYPE || key.length !== ED25519_KEY_SIZE)
    throw new FormatError(FORMAT, `expected an ${SSH_TYPE} key of ${ED25519_KEY_SIZE} bytes`);
  return key;
}

function keyOfSignify(text: string): Uint8Array {
  const [, base64 = '', ...others] = text.split('\n');
  const blob = decodeBase64(base64.trim());
  const size = SIGNIFY_HEAD_SIZE + ED25519_KEY_SIZE;
  const isKey =
    others.length === 0 &&
    blob?.length === size &&
    fromBytes(blob.subarray(0, 2)) === SIGNIFY_ALGORITHM;
  if (!isKey) throw new FormatError(FORMAT, 'expected a public key of signify in its second line');
  return blob.subarray(SIGNIFY_HEAD_SIZE);
}
