/** Signs files that firmware starts: boot loaders and unified kernel images. */
import { attachSignature, signRequest } from '../../formats/authenticode/sign-pe.js';
import { verifySignature } from '../../formats/authenticode/verify-pe.js';
import { nameOfCertificate } from '../../formats/x509/certificate.js';
import { RootsealError } from '../../util/errors.js';
import { signMessage, type RsaSigner } from './rsa-signer.js';

/**
 * The file with the signer's signature, in place of those that it has; undefined when only a request was written.
 *
 * @param name of the request and of its answer
 * @throws {RootsealError} FORMAT_INVALID when it is not a PE32+ file, FAILED when the signer fails or signs wrongly
 */
export async function signFile(
  bytes: Uint8Array,
  signer: RsaSigner,
  name: string,
): Promise<Buffer | undefined> {
  const signature = await signMessage(signer, signRequest(bytes), name);
  if (signature === undefined) return undefined;
  const signed = attachSignature(bytes, signer.certificate, signature);
  // What leaves here was read again as firmware will.
  if (verifySignature(signed, [signer.certificate]) !== undefined) return signed;
  const by = nameOfCertificate(signer.certificate);
  throw new RootsealError('FAILED', `${name}: the signed file is not accepted by ${by}`);
}
