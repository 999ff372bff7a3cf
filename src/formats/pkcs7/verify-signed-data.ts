/** Who signed what is in SignedData, and which trusted certificate vouches for that. */
import { createHash } from 'node:crypto';
import { OID } from '../der/object-identifier.js';
import type { Certificate } from '../x509/certificate.js';
import { trustedFor } from '../x509/certificate-chain.js';
import { isSignedBy } from '../x509/rsa-signature.js';
import type { SignedData } from './signed-data.js';

/** Names for RSA over SHA-256: the key's alone, or with the digest. */
const RSA_ALGORITHMS: readonly string[] = [OID.rsaEncryption, OID.sha256WithRSAEncryption];

/**
 * The certificate of `trusted` by which `content` is signed; undefined when there is none. Only RSA over SHA-256 counts.
 *
 * @param content the bytes that are signed, or whose digest is
 */
export function signedContentBy(
  signedData: SignedData,
  content: Uint8Array,
  trusted: readonly Certificate[],
): Certificate | undefined {
  const { signer, certificates } = signedData;
  const isKnownAlgorithm =
    signer.digestAlgorithm === OID.sha256 && RSA_ALGORITHMS.includes(signer.signatureAlgorithm);
  const certificate = [...certificates, ...trusted].find(
    ({ issuer, serial }) => issuer.equals(signer.issuer) && serial.equals(signer.serial),
  );
  if (!isKnownAlgorithm || certificate === undefined) return undefined;
  const message = messageOf(signedData, content);
  if (message === undefined || !isSignedBy(certificate, message, signer.signature))
    return undefined;
  return trustedFor(certificate, certificates, trusted);
}

/** What the signature is of: the attributes, when they speak of this content, or the content. */
function messageOf({ contentType, signer }: SignedData, content: Uint8Array) {
  const { attributes } = signer;
  if (attributes === undefined) return content;
  const digest = createHash('sha256').update(content).digest();
  const isOfContent =
    attributes.contentType === contentType && attributes.messageDigest.equals(digest);
  return isOfContent ? attributes.signed : undefined;
}
