/** The certificate table of a PE file: WIN_CERTIFICATE structures (UEFI 2.10 section 32.2.4), each filled to 8 bytes. */
import { alignUp } from '../../util/bytes.js';
import { FormatError } from '../../util/errors.js';
import { TABLE_ALIGNMENT } from './pe-hash.js';
import { readSignedParts } from './signed-parts.js';

const FORMAT = 'PE file';
const WIN_CERTIFICATE_SIZE = 8;
const WIN_CERT_REVISION_2_0 = 0x0200;
const WIN_CERT_TYPE_PKCS_SIGNED_DATA = 0x0002;
/** More signatures than anybody gives one file. */
const SIGNATURES_MAX = 16;

/** The PKCS#7 structures in the table, in their order; those of other types are left out. */
export function signaturesOf(bytes: Uint8Array): Buffer[] {
  const { file, end: start } = readSignedParts(bytes);
  const found: Buffer[] = [];
  const end = file.length;
  for (let offset = start; offset < end;) {
    const length = offset + WIN_CERTIFICATE_SIZE <= end ? file.readUInt32LE(offset) : 0;
    if (length < WIN_CERTIFICATE_SIZE || length > end - offset || found.length === SIGNATURES_MAX)
      throw new FormatError(FORMAT, 'the certificate table is damaged', { offset });
    if (isPkcs7(file, offset))
      found.push(withoutFilling(file.subarray(offset + WIN_CERTIFICATE_SIZE, offset + length)));
    offset += alignUp(length, TABLE_ALIGNMENT);
  }
  return found;
}

function isPkcs7(file: Buffer, offset: number): boolean {
  return (
    file.readUInt16LE(offset + 4) === WIN_CERT_REVISION_2_0 &&
    file.readUInt16LE(offset + 6) === WIN_CERT_TYPE_PKCS_SIGNED_DATA
  );
}

/** Some signers count the filling into the length: up to 7 zero bytes behind the structure are not part of it. */
function withoutFilling(content: Buffer): Buffer {
  const declared = declaredSize(content);
  const filling = content.length - declared;
  const isFilling =
    filling > 0 &&
    filling < TABLE_ALIGNMENT &&
    content.subarray(declared).every((byte) => byte === 0);
  return isFilling ? content.subarray(0, declared) : content;
}

/** Bytes of the DER value that begins here, with its header, where its length has two bytes as those of signatures have. */
function declaredSize(content: Buffer): number {
  const hasTwoByteLength = content.length > 4 && content[1] === 0x82;
  return hasTwoByteLength ? 4 + content.readUInt16BE(2) : content.length;
}

/**
 * The file with a certificate table of these PKCS#7 structures in place of the one that it has; without any when there are none. CheckSum
 * becomes 0: firmware does not look at it, and it would be wrong.
 */
export function withSignatures(bytes: Uint8Array, signatures: readonly Uint8Array[]): Buffer {
  const { file, checkSumAt, certificateEntryAt, end } = readSignedParts(bytes);
  const offset = alignUp(end, TABLE_ALIGNMENT);
  const newTable = Buffer.concat(signatures.map(encodeWinCertificate));
  const signed = Buffer.alloc(offset + newTable.length);
  file.copy(signed, 0, 0, end);
  newTable.copy(signed, offset);
  signed.writeUInt32LE(0, checkSumAt);
  signed.writeUInt32LE(newTable.length === 0 ? 0 : offset, certificateEntryAt);
  signed.writeUInt32LE(newTable.length, certificateEntryAt + 4);
  return signed;
}

function encodeWinCertificate(content: Uint8Array): Buffer {
  const length = alignUp(WIN_CERTIFICATE_SIZE + content.length, TABLE_ALIGNMENT);
  const structure = Buffer.alloc(length);
  structure.writeUInt32LE(WIN_CERTIFICATE_SIZE + content.length, 0);
  structure.writeUInt16LE(WIN_CERT_REVISION_2_0, 4);
  structure.writeUInt16LE(WIN_CERT_TYPE_PKCS_SIGNED_DATA, 6);
  structure.set(content, WIN_CERTIFICATE_SIZE);
  return structure;
}
