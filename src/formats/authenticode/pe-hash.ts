/**
 * The Authenticode hash of a PE file (Windows Authenticode Portable Executable Signature Format 1.0, "Calculating the PE Image
 * Hash"), computed as firmware does (EDK II `HashPeImage`): headers without CheckSum and the entry of the certificate table, the
 * sections in the order of their places, then what is behind them, without the certificate table.
 */
import { createHash } from 'node:crypto';
import { alignUp } from '../../util/bytes.js';
import { DATA_DIRECTORY_SIZE } from '../pe/pe-fields.js';
import { readSignedParts } from './signed-parts.js';

/** What the certificate table begins at a multiple of, in bytes. */
export const TABLE_ALIGNMENT = 8;
const CHECKSUM_SIZE = 4;

/**
 * @param bytes the whole file. One that is not signed is hashed as if it were already filled with zeros to a multiple of 8 bytes, which
 *   signing does: it has the same hash before and after
 * @param algorithm name of the digest, as Node calls it
 * @throws {FormatError} when it is not a PE32+ file with a place for signatures
 */
export function peHash(bytes: Uint8Array, algorithm = 'sha256'): Buffer {
  const { file, checkSumAt, certificateEntryAt, sizeOfHeaders, sections, end } =
    readSignedParts(bytes);
  const hash = createHash(algorithm);
  const add = (from: number, to: number) => hash.update(file.subarray(from, to));
  add(0, checkSumAt);
  add(checkSumAt + CHECKSUM_SIZE, certificateEntryAt);
  add(certificateEntryAt + DATA_DIRECTORY_SIZE, sizeOfHeaders);
  let hashed = sizeOfHeaders;
  for (const section of sections) {
    add(section.start, section.end);
    hashed += section.end - section.start;
  }
  // Where there are gaps between sections, this begins before the last one ends: so does firmware.
  add(hashed, end);
  return hash.update(Buffer.alloc(alignUp(end, TABLE_ALIGNMENT) - end)).digest();
}
