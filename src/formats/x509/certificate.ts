/** X.509 certificates (RFC 5280), as far as checking signatures of firmware files needs them. */
import { createHash } from 'node:crypto';
import { DerReader } from '../der/der-reader.js';
import { contextConstructed, contextPrimitive, DER_TAG } from '../der/der-tags.js';
import { readDerTime } from '../der/der-time.js';
import { FormatError } from '../../util/errors.js';
import { commonNameOf } from './distinguished-name.js';
import { readExtensions, type CertificateExtensions } from './extensions.js';
import { rsaKeyBits } from './rsa-key.js';

const FORMAT = 'X.509 certificate';
/** Longest that is read, in bytes. */
export const CERTIFICATE_SIZE_MAX = 64 * 1024;
/** RFC 5280 4.1.2.2 allows 20. */
const SERIAL_SIZE_MAX = 32;

export interface Certificate extends CertificateExtensions {
  /** The whole certificate. */
  readonly der: Buffer;
  /** TBSCertificate: what its issuer has signed. */
  readonly signed: Buffer;
  /** Content of the INTEGER. */
  readonly serial: Buffer;
  /** DER of the Name. */
  readonly issuer: Buffer;
  /** DER of the Name. */
  readonly subject: Buffer;
  /** Of the subject; undefined when it has none. */
  readonly commonName: string | undefined;
  /** Seconds since 1970. */
  readonly notBefore: number;
  /** Seconds since 1970. */
  readonly notAfter: number;
  /** DER of SubjectPublicKeyInfo. */
  readonly publicKey: Buffer;
  /** Bits of the RSA modulus; undefined for a key of another kind. */
  readonly rsaBits: number | undefined;
  /** Object identifier of the issuer's signature. */
  readonly signatureAlgorithm: string;
  readonly signature: Buffer;
}

/** @throws {FormatError} when the bytes are not one certificate in DER, and nothing else */
export function parseCertificate(bytes: Uint8Array): Certificate {
  if (bytes.length > CERTIFICATE_SIZE_MAX)
    throw new FormatError(FORMAT, `${bytes.length} bytes, more than ${CERTIFICATE_SIZE_MAX}`);
  const document = new DerReader(FORMAT, bytes);
  const whole = document.next(DER_TAG.SEQUENCE, 'Certificate');
  document.end('the certificate');
  const outer = document.inside(whole);
  const signed = outer.next(DER_TAG.SEQUENCE, 'tbsCertificate');
  const algorithm = outer.next(DER_TAG.SEQUENCE, 'signatureAlgorithm');
  const signature = readBits(outer, 'signatureValue');
  outer.end('the signature');
  const fields = readSigned(outer.inside(signed), algorithm.bytes);
  const signatureAlgorithm = outer.inside(algorithm).oid('signatureAlgorithm');
  return { der: whole.bytes, signed: signed.bytes, ...fields, signatureAlgorithm, signature };
}

/** TBSCertificate (RFC 5280 4.1.2). */
function readSigned(tbs: DerReader, algorithm: Buffer) {
  const version = tbs.optional(contextConstructed(0));
  const isV3 = version !== undefined && tbs.inside(version).smallInteger('version') === 2;
  const serial = tbs.integer('serialNumber');
  if (serial.length > SERIAL_SIZE_MAX) throw new FormatError(FORMAT, 'the serial number is long');
  const { bytes: inner } = tbs.next(DER_TAG.SEQUENCE, 'signature');
  if (!inner.equals(algorithm))
    throw new FormatError(FORMAT, 'its two statements of the signature algorithm differ');
  const issuer = tbs.next(DER_TAG.SEQUENCE, 'issuer').bytes;
  const validity = tbs.sequence('validity');
  const notBefore = readDerTime(validity, 'notBefore');
  const notAfter = readDerTime(validity, 'notAfter');
  validity.end('notAfter');
  const subject = tbs.next(DER_TAG.SEQUENCE, 'subject');
  const publicKey = tbs.next(DER_TAG.SEQUENCE, 'subjectPublicKeyInfo');
  tbs.optional(contextPrimitive(1));
  tbs.optional(contextPrimitive(2));
  const extensions = isV3 ? tbs.optional(contextConstructed(3)) : undefined;
  tbs.end('tbsCertificate');
  return {
    serial,
    issuer,
    subject: subject.bytes,
    commonName: commonNameOf(tbs.inside(subject)),
    notBefore,
    notAfter,
    publicKey: publicKey.bytes,
    rsaBits: rsaKeyBits(tbs.inside(publicKey)),
    ...readExtensions(extensions === undefined ? undefined : tbs.inside(extensions)),
  };
}

/** A BIT STRING of whole bytes. */
export function readBits(reader: DerReader, what: string): Buffer {
  const { content, offset } = reader.next(DER_TAG.BIT_STRING, what);
  if (content[0] !== 0) throw reader.error(`${what} is not made of whole bytes`, offset);
  return content.subarray(1);
}

/** SHA-256 of the certificate, in lower-case hexadecimal: what `openssl x509 -fingerprint -sha256` prints. */
export function fingerprintOf(certificate: Certificate): string {
  return createHash('sha256').update(certificate.der).digest('hex');
}

/** How a certificate is called in messages. */
export function nameOfCertificate(certificate: Certificate): string {
  return certificate.commonName ?? `with the fingerprint ${fingerprintOf(certificate)}`;
}
