/**
 * Signing PE files for Secure Boot. What the key signs is small and has no time in it, so it can be signed elsewhere, by whatever
 * makes RSA signatures, and the same file signed twice is the same bytes.
 */
import { createHash } from 'node:crypto';
import { RootsealError } from '../../util/errors.js';
import { DerReader } from '../der/der-reader.js';
import { OID } from '../der/object-identifier.js';
import { encodeSignedData, wrapSignedData } from '../pkcs7/encode-signed-data.js';
import { encodeAttributes } from '../pkcs7/signed-attributes.js';
import { nameOfCertificate, type Certificate } from '../x509/certificate.js';
import { isSignedBy, RSA_BITS_MAX, RSA_BITS_MIN } from '../x509/rsa-signature.js';
import { withSignatures } from './certificate-table.js';
import { encodeIndirectData } from './indirect-data.js';
import { peHash } from './pe-hash.js';

/**
 * The bytes that are to be signed by RSA PKCS#1 v1.5 with SHA-256: the authenticated attributes, 78 bytes.
 * @throws {FormatError} when it is not a PE32+ file
 */
export function signRequest(bytes: Uint8Array): Buffer {
  return attributesOf(encodeIndirectData(peHash(bytes)));
}

/**
 * The file with this signature, in place of those that it has.
 *
 * @param certificate of the key that signed
 * @param signature of `signRequest(bytes)`, as the key's RSA operation gives it
 * @throws {RootsealError} FAILED when the signature is not one by this certificate; FORMAT_INVALID when it is not a PE32+ file
 */
export function attachSignature(
  bytes: Uint8Array,
  certificate: Certificate,
  signature: Uint8Array,
): Buffer {
  const content = encodeIndirectData(peHash(bytes));
  const attributes = attributesOf(content);
  requireSignedBy(certificate, attributes, signature);
  const contentType = OID.SPC_INDIRECT_DATA;
  const parts = { contentType, content, certificate, attributes, signature };
  return withSignatures(bytes, [wrapSignedData(encodeSignedData(parts))]);
}

/** What is hashed is the content of the SEQUENCE, without identifier and length (RFC 2315 9.3). */
function attributesOf(indirectData: Buffer): Buffer {
  const { content } = new DerReader('Authenticode signature', indirectData).any();
  return encodeAttributes(OID.SPC_INDIRECT_DATA, createHash('sha256').update(content).digest());
}

/** @throws {RootsealError} FAILED when the signature is not one of `message` by this certificate */
export function requireSignedBy(
  certificate: Certificate,
  message: Uint8Array,
  signature: Uint8Array,
): void {
  if (isSignedBy(certificate, message, signature)) return;
  const { rsaBits } = certificate;
  const name = `the certificate ${nameOfCertificate(certificate)}`;
  const reason =
    rsaBits === undefined || rsaBits < RSA_BITS_MIN || rsaBits > RSA_BITS_MAX
      ? `${name} has no RSA key of ${RSA_BITS_MIN} to ${RSA_BITS_MAX} bits`
      : `the signature is not one by ${name}`;
  throw new RootsealError('FAILED', reason);
}
