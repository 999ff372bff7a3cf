/** RSA keys in SubjectPublicKeyInfo (RFC 3279 2.3.1). */
import { DerReader } from '../der/der-reader.js';
import { DER_TAG } from '../der/der-tags.js';
import { OID } from '../der/object-identifier.js';

/** Bits of the modulus, from the values of a SubjectPublicKeyInfo; undefined for a key of another kind. */
export function rsaKeyBits(info: DerReader): number | undefined {
  const algorithm = info.sequence('algorithm');
  const isRsa = algorithm.oid('algorithm of the key') === OID.rsaEncryption;
  const { content, offset } = info.next(DER_TAG.BIT_STRING, 'subjectPublicKey');
  info.end('subjectPublicKey');
  if (!isRsa) return undefined;
  if (content[0] !== 0) throw info.error('subjectPublicKey is not made of whole bytes', offset);
  const key = new DerReader(info.format, content.subarray(1), offset).sequence('RSAPublicKey');
  const modulus = key.integer('modulus');
  key.integer('publicExponent');
  key.end('RSAPublicKey');
  return bitsOf(modulus);
}

function bitsOf(modulus: Buffer): number {
  const [first = 0] = modulus;
  // A modulus of 2048 bits has a zero byte before it, so that it is not negative.
  const rest = first === 0 ? modulus.subarray(1) : modulus;
  return rest.length === 0 ? 0 : (rest.length - 1) * 8 + (32 - Math.clz32(rest[0] ?? 0));
}
