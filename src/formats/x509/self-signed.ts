/**
 * Certificates that their own keys sign, as Secure Boot wants them: RSA over SHA-256 (RFC 5280). Nothing in them comes from chance or
 * a clock: key, name and dates decide all bytes.
 */
import { createHash } from 'node:crypto';
import { DerReader } from '../der/der-reader.js';
import { contextPrimitive, DER_TAG } from '../der/der-tags.js';
import { derTime } from '../der/der-time.js';
import {
  DER_NULL,
  DER_TRUE,
  derBitString,
  derInteger,
  derOctetString,
  derOid,
  derSequence,
  derTagged,
  derValue,
} from '../der/der-writer.js';
import { OID } from '../der/object-identifier.js';
import { nameOf } from './distinguished-name.js';

const SERIAL_SIZE = 16;
const KEY_ID_SIZE = 20;

export interface SelfSignedFacts {
  /** At most COMMON_NAME_MAX characters. */
  readonly commonName: string;
  /** Seconds since 1970. */
  readonly notBefore: number;
  /** Seconds since 1970, before the year 10000. */
  readonly notAfter: number;
  /** DER of SubjectPublicKeyInfo with an RSA key. */
  readonly publicKey: Uint8Array;
}

/**
 * DER of a certificate. It says that its key is one of an authority, as `openssl req -x509` does, which all firmware takes.
 * @param sign makes the RSA PKCS#1 v1.5 signature over SHA-256 of a message
 */
export function selfSignedCertificate(
  facts: SelfSignedFacts,
  sign: (message: Buffer) => Uint8Array,
): Buffer {
  const name = nameOf(facts.commonName);
  const validity = derSequence(derTime(facts.notBefore), derTime(facts.notAfter));
  const signed = derSequence(
    derTagged(0, derInteger(Buffer.from([2]))),
    derInteger(serialOf(name, validity, facts.publicKey)),
    SHA256_WITH_RSA,
    name,
    validity,
    name,
    facts.publicKey,
    derTagged(3, extensionsFor(keyIdOf(facts.publicKey))),
  );
  return derSequence(signed, SHA256_WITH_RSA, derBitString(sign(signed)));
}

/** 16 bytes, positive, never shorter. */
function serialOf(name: Buffer, validity: Buffer, publicKey: Uint8Array): Buffer {
  const hash = createHash('sha256').update(name).update(validity).update(publicKey).digest();
  const serial = hash.subarray(0, SERIAL_SIZE);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  return serial;
}

/** RFC 7093 section 2, method 1: the first 160 bits of the SHA-256 of the key. */
function keyIdOf(publicKey: Uint8Array): Buffer {
  const info = new DerReader('RSA public key', publicKey).sequence('SubjectPublicKeyInfo');
  info.next(DER_TAG.SEQUENCE, 'algorithm');
  const { content } = info.next(DER_TAG.BIT_STRING, 'subjectPublicKey');
  return createHash('sha256').update(content.subarray(1)).digest().subarray(0, KEY_ID_SIZE);
}

function extensionsFor(keyId: Buffer): Buffer {
  return derSequence(
    derSequence(derOid(OID.subjectKeyIdentifier), derOctetString(derOctetString(keyId))),
    derSequence(
      derOid(OID.authorityKeyIdentifier),
      derOctetString(derSequence(derValue(contextPrimitive(0), keyId))),
    ),
    derSequence(derOid(OID.basicConstraints), DER_TRUE, derOctetString(derSequence(DER_TRUE))),
  );
}

const SHA256_WITH_RSA = derSequence(derOid(OID.sha256WithRSAEncryption), DER_NULL);
