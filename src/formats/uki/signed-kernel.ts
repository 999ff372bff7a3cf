/** A kernel that firmware starts by itself has no place in a unified kernel image: there it would be started without the rest of it. */
import { verifySignature } from '../authenticode/verify-pe.js';
import { sectionContent, type PeImage } from '../pe/read-pe.js';
import { nameOfCertificate, type Certificate } from '../x509/certificate.js';

/**
 * Says that the kernel inside is itself signed by one of these certificates, or nothing: firmware would start such a kernel alone, with
 * any initramfs and any command line.
 * @throws {FormatError} when a signature of the kernel is damaged
 */
export function kernelSignatureProblem(
  image: PeImage,
  certificates: readonly Certificate[],
): string | undefined {
  const kernel = sectionContent(image, '.linux') ?? Buffer.alloc(0);
  const signer = verifySignature(kernel, certificates);
  if (signer === undefined) return undefined;
  return `the kernel inside is itself signed by ${nameOfCertificate(signer)}: firmware that trusts it starts that kernel with any initramfs`;
}
