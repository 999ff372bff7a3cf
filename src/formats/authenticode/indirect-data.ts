/** SpcIndirectDataContent (Windows Authenticode Portable Executable Signature Format 1.0): the hash of a PE file, to be signed. */
import { DerReader } from '../der/der-reader.js';
import { contextPrimitive, DER_TAG } from '../der/der-tags.js';
import {
  DER_NULL,
  derBitString,
  derOctetString,
  derOid,
  derSequence,
  derTagged,
  derValue,
} from '../der/der-writer.js';
import { OID } from '../der/object-identifier.js';

const FORMAT = 'Authenticode signature';
/** What the specification says stands in place of a file name. */
const OBSOLETE = Buffer.from('<<<Obsolete>>>', 'utf16le').swap16();

/** @param hash SHA-256 of the PE file */
export function encodeIndirectData(hash: Uint8Array): Buffer {
  const fileName = derTagged(2, derValue(contextPrimitive(0), OBSOLETE));
  return derSequence(
    derSequence(
      derOid(OID.SPC_PE_IMAGE_DATA),
      derSequence(derBitString(Buffer.alloc(0)), derTagged(0, fileName)),
    ),
    derSequence(derSequence(derOid(OID.sha256), DER_NULL), derOctetString(hash)),
  );
}

/** The hash that is signed, when it is SHA-256; undefined for another digest. */
export function hashOfIndirectData(bytes: Uint8Array): Buffer | undefined {
  const document = new DerReader(FORMAT, bytes);
  const fields = document.sequence('SpcIndirectDataContent');
  document.end('SpcIndirectDataContent');
  const data = fields.sequence('data');
  // Firmware does not look at the type, and old versions of sbsign wrote that of another thing.
  data.oid('type of the data');
  const digest = fields.sequence('messageDigest');
  fields.end('messageDigest');
  const algorithm = digest.sequence('digestAlgorithm').oid('digestAlgorithm');
  const hash = digest.next(DER_TAG.OCTET_STRING, 'digest').content;
  digest.end('digest');
  return algorithm === OID.sha256 ? hash : undefined;
}
