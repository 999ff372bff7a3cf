/** Which trusted certificate vouches for a PE file. */
import { parseSignedData } from '../pkcs7/signed-data.js';
import { signedContentBy } from '../pkcs7/verify-signed-data.js';
import { OID } from '../der/object-identifier.js';
import type { Certificate } from '../x509/certificate.js';
import { signaturesOf } from './certificate-table.js';
import { hashOfIndirectData } from './indirect-data.js';
import { peHash } from './pe-hash.js';

/** One signature of a PE file. */
export interface PeSignature {
  /** The hash that it is of; undefined when that is not SHA-256. */
  readonly hash: Buffer | undefined;
  /** Certificates in it: that of the signer, and perhaps those of who has issued it. */
  readonly certificates: readonly Certificate[];
  /** The certificate of these by which it is signed, whatever file it is of. */
  signedBy(trusted: readonly Certificate[]): Certificate | undefined;
}

/**
 * The Authenticode signatures of a file, in their order.
 * @throws {FormatError} when it is not a PE32+ file, or one of them is damaged
 */
export function signatureOf(bytes: Uint8Array): readonly PeSignature[] {
  return signaturesOf(bytes).map(readSignature);
}

function readSignature(bytes: Buffer): PeSignature {
  const signedData = parseSignedData(bytes);
  const { contentType, content, certificates } = signedData;
  const isIndirect = contentType === OID.SPC_INDIRECT_DATA && content !== undefined;
  return {
    hash: isIndirect ? hashOfIndirectData(content.bytes) : undefined,
    certificates,
    signedBy: (trusted) =>
      isIndirect ? signedContentBy(signedData, content.content, trusted) : undefined,
  };
}

/**
 * The certificate of `trusted` that vouches for the file: one of its signatures is of its SHA-256 hash, and by that certificate or one that
 * it has issued. Undefined when there is none.
 * @throws {FormatError} when it is not a PE32+ file, or a signature is damaged
 */
export function verifySignature(
  bytes: Uint8Array,
  trusted: readonly Certificate[],
): Certificate | undefined {
  const hash = peHash(bytes);
  for (const signature of signatureOf(bytes)) {
    const by = signature.hash?.equals(hash) === true ? signature.signedBy(trusted) : undefined;
    if (by !== undefined) return by;
  }
  return undefined;
}
