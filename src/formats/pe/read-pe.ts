/**
 * A strict reader of PE32+ files as EFI starts them: kernels, boot loaders, stubs, unified kernel images. Two programs that read
 * the same file must not see two things, so whatever is ambiguous is refused: sections that overlap, names that repeat, sizes that
 * do not fit together.
 */
import { alignUp } from '../../util/bytes.js';
import { FormatError } from '../../util/errors.js';
import {
  COFF,
  COFF_HEADER,
  DATA_DIRECTORIES_MAX,
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
  SECTION_NAME_SIZE,
  SECTIONS_MAX,
} from './pe-fields.js';

/** One section header. Addresses are relative to where the image is loaded, offsets to the file's start. */
export interface PeSection {
  readonly name: string;
  /** Bytes of content; what the file holds beyond is padding. */
  readonly virtualSize: number;
  readonly virtualAddress: number;
  /** Bytes in the file. */
  readonly rawSize: number;
  readonly rawOffset: number;
  readonly characteristics: number;
}

/** Where something lies in the file, in bytes. */
export interface FileRange {
  readonly offset: number;
  readonly size: number;
}

/** A PE32+ file that was found consistent. */
export interface PeImage {
  readonly bytes: Buffer;
  /** IMAGE_FILE_MACHINE_* */
  readonly machine: number;
  readonly subsystem: number;
  readonly dllCharacteristics: number;
  /** Bytes, a power of two. */
  readonly sectionAlignment: number;
  /** Bytes, a power of two. */
  readonly fileAlignment: number;
  readonly sizeOfHeaders: number;
  readonly sizeOfImage: number;
  readonly hasSymbolTable: boolean;
  /** In the order of their headers, which is that of their addresses. */
  readonly sections: readonly PeSection[];
  /** The end of the last content of a section in the file. */
  readonly endOfSections: number;
  /** Where the attribute certificates are: the last thing in the file. */
  readonly certificateTable: FileRange | undefined;
  /** Offset of the COFF header. */
  readonly coffHeader: number;
  /** Offset of the optional header. */
  readonly optionalHeader: number;
  /** Offset of the first section header. */
  readonly sectionHeaders: number;
  /** Offset of the 4 bytes that no signature covers. */
  readonly checkSumAt: number;
  /** Offset of the certificate table's entry, 8 bytes; undefined when the file has fewer entries. */
  readonly certificateEntryAt: number | undefined;
}

/** @throws {FormatError} naming what is wrong, and where */
export function readPe(bytes: Uint8Array): PeImage {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headers = readHeaders(file);
  const sections = readSections(file, headers);
  requireNoOverlap(sections, headers);
  const endOfSections = sections.reduce(
    (end, { rawOffset, rawSize }) => Math.max(end, rawOffset + rawSize),
    headers.sizeOfHeaders,
  );
  const certificateTable = readCertificateEntry(file, headers.certificateEntryAt, endOfSections);
  return { bytes: file, ...headers, sections, endOfSections, certificateTable };
}

type Headers = Omit<PeImage, 'bytes' | 'sections' | 'endOfSections' | 'certificateTable'> & {
  readonly sectionCount: number;
};

function readHeaders(file: Buffer): Headers {
  if (file.length < E_LFANEW + 4 || file.readUInt16LE(0) !== IMAGE_DOS_SIGNATURE)
    throw new FormatError(FORMAT, 'it does not begin with a DOS header', { offset: 0 });
  const start = file.readUInt32LE(E_LFANEW);
  const optionalHeader = start + OPTIONAL_HEADER;
  const directories = optionalHeader + OPTIONAL.DataDirectory;
  if (start % 8 !== 0 || start < E_LFANEW + 4 || directories > file.length)
    throw new FormatError(FORMAT, 'the PE header is not in the file', { field: 'e_lfanew' });
  if (file.readUInt32LE(start) !== IMAGE_NT_SIGNATURE)
    throw new FormatError(FORMAT, 'there is no PE header', { offset: start });
  if (file.readUInt16LE(optionalHeader + OPTIONAL.Magic) !== IMAGE_NT_OPTIONAL_HDR64_MAGIC)
    throw new FormatError(FORMAT, 'it is not PE32+ (64 bits)', { field: 'Magic' });
  const coffHeader = start + COFF_HEADER;
  const entries = file.readUInt32LE(optionalHeader + OPTIONAL.NumberOfRvaAndSizes);
  const optionalSize = file.readUInt16LE(coffHeader + COFF.SizeOfOptionalHeader);
  if (
    entries > DATA_DIRECTORIES_MAX ||
    optionalSize !== OPTIONAL.DataDirectory + entries * DATA_DIRECTORY_SIZE
  )
    throw new FormatError(FORMAT, `${entries} entries in an optional header of ${optionalSize}`, {
      field: 'NumberOfRvaAndSizes',
    });
  return {
    ...readSizes(file, coffHeader, optionalHeader),
    coffHeader,
    optionalHeader,
    sectionHeaders: optionalHeader + optionalSize,
    checkSumAt: optionalHeader + OPTIONAL.CheckSum,
    certificateEntryAt:
      entries > IMAGE_DIRECTORY_ENTRY_SECURITY
        ? directories + IMAGE_DIRECTORY_ENTRY_SECURITY * DATA_DIRECTORY_SIZE
        : undefined,
  };
}

function readSizes(file: Buffer, coffHeader: number, optionalHeader: number) {
  const u16 = (at: number) => file.readUInt16LE(optionalHeader + at);
  const u32 = (at: number) => file.readUInt32LE(optionalHeader + at);
  const sizes = {
    machine: file.readUInt16LE(coffHeader + COFF.Machine),
    hasSymbolTable: file.readUInt32LE(coffHeader + COFF.PointerToSymbolTable) !== 0,
    sectionCount: file.readUInt16LE(coffHeader + COFF.NumberOfSections),
    subsystem: u16(OPTIONAL.Subsystem),
    dllCharacteristics: u16(OPTIONAL.DllCharacteristics),
    sectionAlignment: u32(OPTIONAL.SectionAlignment),
    fileAlignment: u32(OPTIONAL.FileAlignment),
    sizeOfHeaders: u32(OPTIONAL.SizeOfHeaders),
    sizeOfImage: u32(OPTIONAL.SizeOfImage),
  };
  if (!isAlignment(sizes.fileAlignment))
    throw new FormatError(FORMAT, 'not a power of two from 16 to 65536', {
      field: 'FileAlignment',
    });
  if (!isAlignment(sizes.sectionAlignment) || sizes.sectionAlignment < sizes.fileAlignment)
    throw new FormatError(FORMAT, 'not a power of two from FileAlignment to 65536', {
      field: 'SectionAlignment',
    });
  return sizes;
}

function isAlignment(value: number): boolean {
  return value >= 16 && value <= 65536 && (value & (value - 1)) === 0;
}

function readSections(file: Buffer, headers: Headers): PeSection[] {
  const { sectionCount, sectionHeaders, sizeOfHeaders } = headers;
  if (sectionCount === 0 || sectionCount > SECTIONS_MAX)
    throw new FormatError(FORMAT, `${sectionCount} sections; expected 1 to ${SECTIONS_MAX}`, {
      field: 'NumberOfSections',
    });
  if (
    sectionHeaders + sectionCount * SECTION_HEADER_SIZE > sizeOfHeaders ||
    sizeOfHeaders > file.length
  )
    throw new FormatError(FORMAT, `${sizeOfHeaders} bytes do not hold the headers of the file`, {
      field: 'SizeOfHeaders',
    });
  return Array.from({ length: sectionCount }, (_, index) =>
    readSection(file, sectionHeaders + index * SECTION_HEADER_SIZE, headers),
  );
}

function readSection(file: Buffer, at: number, headers: Headers): PeSection {
  const u32 = (field: number) => file.readUInt32LE(at + field);
  const section: PeSection = {
    name: readName(file, at),
    virtualSize: u32(SECTION.VirtualSize),
    virtualAddress: u32(SECTION.VirtualAddress),
    rawSize: u32(SECTION.SizeOfRawData),
    rawOffset: u32(SECTION.PointerToRawData),
    characteristics: u32(SECTION.Characteristics),
  };
  const { name, rawOffset, rawSize } = section;
  const refuse = (what: string) =>
    new FormatError(FORMAT, `section ${name} ${what}`, { offset: at });
  if (section.virtualSize === 0) throw refuse('is empty');
  if (section.virtualAddress % headers.sectionAlignment !== 0)
    throw refuse('has an address that is not aligned');
  if (rawSize === 0) return { ...section, rawOffset: 0 };
  if (rawOffset % headers.fileAlignment !== 0) throw refuse('is not aligned in the file');
  if (rawOffset < headers.sizeOfHeaders) throw refuse('lies in the headers');
  if (rawOffset + rawSize > file.length) throw refuse('goes beyond the end of the file');
  return section;
}

/** UTF-8 in the specification; printable ASCII is all that occurs. */
function readName(file: Buffer, at: number): string {
  const field = file.toString('latin1', at, at + SECTION_NAME_SIZE);
  const name = field.replace(/\0+$/, '');
  if (/^[\x21-\x7e]+$/.test(name)) return name;
  throw new FormatError(FORMAT, 'the name of a section is not printable', { offset: at });
}

function requireNoOverlap(sections: readonly PeSection[], headers: Headers): void {
  const names = new Set<string>();
  let loadedEnd = headers.sizeOfHeaders;
  for (const { name, virtualAddress, virtualSize } of sections) {
    if (names.has(name)) throw new FormatError(FORMAT, `section ${name} is there twice`);
    names.add(name);
    if (virtualAddress < loadedEnd)
      throw new FormatError(FORMAT, `section ${name} overlaps what is loaded before it`);
    loadedEnd = virtualAddress + virtualSize;
  }
  if (alignUp(loadedEnd, headers.sectionAlignment) !== headers.sizeOfImage)
    throw new FormatError(FORMAT, 'it is not where the last section ends', {
      field: 'SizeOfImage',
    });
  let fileEnd = 0;
  const inFile = sections.filter(({ rawSize }) => rawSize > 0);
  for (const { name, rawOffset, rawSize } of inFile.sort((a, b) => a.rawOffset - b.rawOffset)) {
    if (rawOffset < fileEnd)
      throw new FormatError(FORMAT, `section ${name} overlaps another one in the file`);
    fileEnd = rawOffset + rawSize;
  }
}

function readCertificateEntry(
  file: Buffer,
  entryAt: number | undefined,
  endOfSections: number,
): FileRange | undefined {
  if (entryAt === undefined) return undefined;
  const [offset, size] = [file.readUInt32LE(entryAt), file.readUInt32LE(entryAt + 4)];
  if (offset === 0 && size === 0) return undefined;
  if (offset % 8 === 0 && offset >= endOfSections && size > 0 && offset + size === file.length)
    return { offset, size };
  throw new FormatError(FORMAT, 'the certificate table is not the last thing in the file', {
    offset: entryAt,
  });
}

/**
 * The content of a section, as long as its header says and the file holds it; undefined when there is none of that name.
 */
export function sectionContent(image: PeImage, name: string): Buffer | undefined {
  const section = image.sections.find((candidate) => candidate.name === name);
  if (section === undefined) return undefined;
  const { rawOffset, rawSize, virtualSize } = section;
  return image.bytes.subarray(rawOffset, rawOffset + Math.min(rawSize, virtualSize));
}
