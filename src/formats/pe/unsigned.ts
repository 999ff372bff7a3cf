/** A PE file as it was before it was signed. */
import { DATA_DIRECTORY_SIZE } from './pe-fields.js';
import type { PeImage } from './read-pe.js';

/**
 * The file without its certificates, and with the checksum 0 that a signer may have set: two files that differ in nothing else
 * become equal.
 * @param end only as many bytes of it, which hold the headers
 */
export function withoutSignature(image: PeImage, end = image.bytes.length): Buffer {
  const { bytes, certificateTable, certificateEntryAt, checkSumAt } = image;
  const size = Math.min(end, certificateTable?.offset ?? bytes.length);
  const file = Buffer.from(bytes.subarray(0, size));
  file.fill(0, checkSumAt, checkSumAt + 4);
  if (certificateEntryAt !== undefined)
    file.fill(0, certificateEntryAt, certificateEntryAt + DATA_DIRECTORY_SIZE);
  return file;
}
