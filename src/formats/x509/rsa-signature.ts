/** RSA signatures after PKCS#1 v1.5 (RFC 8017 8.2), as firmware checks them. */
import { createPublicKey, verify } from 'node:crypto';
import { OID } from '../der/object-identifier.js';
import type { Certificate } from './certificate.js';

/** Shorter keys are too weak to vouch for anything; longer ones only cost time. */
export const RSA_BITS_MIN = 2048;
export const RSA_BITS_MAX = 8192;

/** Signature algorithms of certificates. SHA-1 is not among them: two certificates can be made that have the same. */
const DIGEST_OF: Readonly<Record<string, string>> = {
  [OID.sha256WithRSAEncryption]: 'sha256',
  [OID.sha384WithRSAEncryption]: 'sha384',
  [OID.sha512WithRSAEncryption]: 'sha512',
};

/** Whether `signature` is one of `message` by the key of `certificate`, which is an RSA key of 2048 to 8192 bits. */
export function isSignedBy(
  certificate: Certificate,
  message: Uint8Array,
  signature: Uint8Array,
  digest = 'sha256',
): boolean {
  const { rsaBits } = certificate;
  if (rsaBits === undefined || rsaBits < RSA_BITS_MIN || rsaBits > RSA_BITS_MAX) return false;
  try {
    const key = createPublicKey({ key: certificate.publicKey, format: 'der', type: 'spki' });
    return verify(digest, message, key, signature);
  } catch {
    // A key that OpenSSL does not take, such as one with an even modulus.
    return false;
  }
}

/** Whether `issuer` has signed `certificate`, and may. @param below how many authorities stand below `issuer` */
export function isIssuedBy(certificate: Certificate, issuer: Certificate, below: number): boolean {
  const digest = DIGEST_OF[certificate.signatureAlgorithm];
  return (
    digest !== undefined &&
    certificate.issuer.equals(issuer.subject) &&
    issuer.isAuthority &&
    !issuer.hasUnknownCritical &&
    below <= (issuer.pathLength ?? Infinity) &&
    isSignedBy(issuer, certificate.signed, certificate.signature, digest)
  );
}
