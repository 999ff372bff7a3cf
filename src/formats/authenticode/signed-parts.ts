/**
 * What a signature of a PE file covers. Less is asked than by `readPe`: boot loaders of Debian 12 have sections that are not aligned,
 * and firmware starts them. What is hashed must be plain, and no more.
 */
import { FormatError } from '../../util/errors.js';
import {
  COFF,
  COFF_HEADER,
  DATA_DIRECTORY_SIZE,
  E_LFANEW,
  FORMAT,
  IMAGE_DIRECTORY_ENTRY_SECURITY,
  IMAGE_DOS_SIGNATURE,
  IMAGE_NT_OPTIONAL_HDR64_MAGIC,
  IMAGE_NT_SIGNATURE,
  OPTIONAL,
  OPTIONAL_HEADER,
  SECTION,
  SECTION_HEADER_SIZE,
  SECTIONS_MAX,
} from '../pe/pe-fields.js';

/** Bytes `[start, end)`. */
export interface PeRange {
  readonly start: number;
  readonly end: number;
}

/** Offsets are in bytes from the start of the file. */
export interface SignedParts {
  readonly file: Buffer;
  /** Where the 4 bytes of CheckSum stand. */
  readonly checkSumAt: number;
  /** Where the entry of the certificate table stands, 8 bytes. */
  readonly certificateEntryAt: number;
  readonly sizeOfHeaders: number;
  /** Contents of the sections in the order of their places. */
  readonly sections: readonly PeRange[];
  /** Where the certificate table begins; the end of the file when there is none. */
  readonly end: number;
}

/**
 * @throws {FormatError} when it is not a PE32+ file, its header has no entry for a certificate table, its parts lie over each other or
 *   beyond the end, or something follows the certificate table
 */
export function readSignedParts(bytes: Uint8Array): SignedParts {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const coffHeader = findCoffHeader(file);
  const optionalHeader = coffHeader + OPTIONAL_HEADER - COFF_HEADER;
  const certificateEntryAt =
    optionalHeader + OPTIONAL.DataDirectory + IMAGE_DIRECTORY_ENTRY_SECURITY * DATA_DIRECTORY_SIZE;
  const sectionHeaders = optionalHeader + file.readUInt16LE(coffHeader + COFF.SizeOfOptionalHeader);
  const count = file.readUInt16LE(coffHeader + COFF.NumberOfSections);
  requireHeader(file, optionalHeader, { certificateEntryAt, sectionHeaders });
  const sizeOfHeaders = file.readUInt32LE(optionalHeader + OPTIONAL.SizeOfHeaders);
  const headersEnd = sectionHeaders + count * SECTION_HEADER_SIZE;
  if (count > SECTIONS_MAX || headersEnd > sizeOfHeaders || sizeOfHeaders > file.length)
    throw new FormatError(FORMAT, `${sizeOfHeaders} bytes do not hold the headers of the file`, {
      field: 'SizeOfHeaders',
    });
  const end = endOfImage(file, certificateEntryAt);
  const sections = readSections(file, sectionHeaders, count);
  requireDisjoint(sections, sizeOfHeaders, end);
  const checkSumAt = optionalHeader + OPTIONAL.CheckSum;
  return { file, checkSumAt, certificateEntryAt, sizeOfHeaders, sections, end };
}

/** The fixed part of the headers lies in the file when this returns. */
function findCoffHeader(file: Buffer): number {
  if (file.length < E_LFANEW + 4 || file.readUInt16LE(0) !== IMAGE_DOS_SIGNATURE)
    throw new FormatError(FORMAT, 'it does not begin with a DOS header', { offset: 0 });
  const start = file.readUInt32LE(E_LFANEW);
  if (start + OPTIONAL_HEADER + OPTIONAL.DataDirectory > file.length)
    throw new FormatError(FORMAT, 'the PE header is not in the file', { field: 'e_lfanew' });
  if (file.readUInt32LE(start) !== IMAGE_NT_SIGNATURE)
    throw new FormatError(FORMAT, 'there is no PE header', { offset: start });
  return start + COFF_HEADER;
}

function requireHeader(
  file: Buffer,
  optionalHeader: number,
  places: { readonly certificateEntryAt: number; readonly sectionHeaders: number },
): void {
  if (file.readUInt16LE(optionalHeader + OPTIONAL.Magic) !== IMAGE_NT_OPTIONAL_HDR64_MAGIC)
    throw new FormatError(FORMAT, 'it is not PE32+ (64 bits)', { field: 'Magic' });
  const entries = file.readUInt32LE(optionalHeader + OPTIONAL.NumberOfRvaAndSizes);
  const entryEnd = places.certificateEntryAt + DATA_DIRECTORY_SIZE;
  if (entries <= IMAGE_DIRECTORY_ENTRY_SECURITY || entryEnd > places.sectionHeaders)
    throw new FormatError(FORMAT, 'its header has no place for signatures', {
      field: 'NumberOfRvaAndSizes',
    });
}

function endOfImage(file: Buffer, certificateEntryAt: number): number {
  if (certificateEntryAt + DATA_DIRECTORY_SIZE > file.length)
    throw new FormatError(FORMAT, 'the PE header is not in the file', { field: 'e_lfanew' });
  const offset = file.readUInt32LE(certificateEntryAt);
  const size = file.readUInt32LE(certificateEntryAt + 4);
  if (offset === 0 && size === 0) return file.length;
  if (offset % 8 === 0 && size > 0 && offset + size === file.length) return offset;
  throw new FormatError(FORMAT, 'the certificate table is not the last thing in the file', {
    offset: certificateEntryAt,
  });
}

function readSections(file: Buffer, first: number, count: number): PeRange[] {
  return Array.from({ length: count }, (_, index) => {
    const header = first + index * SECTION_HEADER_SIZE;
    const start = file.readUInt32LE(header + SECTION.PointerToRawData);
    return { start, end: start + file.readUInt32LE(header + SECTION.SizeOfRawData) };
  })
    .filter(({ start, end }) => end > start)
    .sort((a, b) => a.start - b.start);
}

function requireDisjoint(sections: readonly PeRange[], sizeOfHeaders: number, end: number): void {
  let used = sizeOfHeaders;
  for (const section of sections) {
    if (section.start < used)
      throw new FormatError(FORMAT, 'a section lies over something else in the file', {
        offset: section.start,
      });
    used = section.end;
  }
  if (used > end) throw new FormatError(FORMAT, 'a section goes beyond the end of the file');
}
