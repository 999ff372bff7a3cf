/**
 * Adds sections to a PE32+ file, as ukify does (systemd 257.13): headers after the last one, contents at the end of the file, each
 * in place of an existing section of its name where there is one. The same input gives the same bytes.
 */
import { alignUp } from '../../util/bytes.js';
import { U32_MAX } from '../../util/checks.js';
import { FormatError } from '../../util/errors.js';
import {
  COFF,
  FORMAT,
  IMAGE_DLLCHARACTERISTICS_NX_COMPAT,
  OPTIONAL,
  SECTION,
  SECTION_HEADER_SIZE,
  SECTION_NAME_SIZE,
  SECTIONS_MAX,
} from './pe-fields.js';
import { readPe, type PeImage, type PeSection } from './read-pe.js';

export interface NewSection {
  /** At most 8 printable ASCII characters. */
  readonly name: string;
  /** At least one byte. */
  readonly content: Uint8Array;
  /** IMAGE_SCN_* */
  readonly characteristics: number;
}

export interface AddOptions {
  /** Whether the result may say that it never runs code from writable memory; false takes that away. */
  readonly nxCompat: boolean;
}

/**
 * @param stub not signed, without a symbol table
 * @throws {FormatError} when the stub is malformed, or has no room for the headers
 */
export function addSections(
  stub: Uint8Array,
  sections: readonly NewSection[],
  options: AddOptions,
): Buffer {
  const { head, added } = extendStub(stub, sections, options);
  const end = added.at(-1)?.section;
  const file = Buffer.alloc(end === undefined ? head.length : end.rawOffset + end.rawSize);
  head.copy(file);
  for (const { section, content } of added) file.set(content, section.rawOffset);
  return file;
}

/**
 * The beginning of what `addSections` makes, as long as the stub: headers and the stub's own sections. What follows are the contents of the
 * others, each filled up with zeros to the stub's file alignment.
 * @throws {FormatError} as `addSections`
 */
export function headWithSections(
  stub: Uint8Array,
  sections: readonly NewSection[],
  options: AddOptions,
): Buffer {
  return extendStub(stub, sections, options).head;
}

function extendStub(
  stub: Uint8Array,
  sections: readonly NewSection[],
  { nxCompat }: AddOptions,
): { readonly head: Buffer; readonly added: readonly AddedSection[] } {
  const image = readPe(stub);
  requireExtendable(image);
  const own = new Set(image.sections.map(({ name }) => name));
  const contents = new Map(sections.map(({ name, content }) => [name, content]));
  const kept = image.sections.map((section): Placed => {
    const content = contents.get(section.name);
    return content === undefined
      ? { section, content }
      : { section: requireRoom(section, content), content };
  });
  const added = place(
    image,
    kept,
    sections.filter(({ name }) => !own.has(name)),
  );
  const head = Buffer.from(image.bytes);
  writeHeaders(head, image, [...kept, ...added]);
  if (!nxCompat) clearNxCompat(head, image);
  for (const { section, content } of kept) {
    if (content === undefined) continue;
    const { rawOffset, rawSize } = section;
    head.fill(0, rawOffset, rawOffset + rawSize).set(content, rawOffset);
  }
  return { head, added };
}

interface AddedSection {
  readonly section: PeSection;
  readonly content: Uint8Array;
}

interface Placed {
  readonly section: PeSection;
  /** Undefined for what stays as it is. */
  readonly content: Uint8Array | undefined;
}

function requireExtendable({ certificateTable, hasSymbolTable }: PeImage): void {
  if (certificateTable !== undefined)
    throw new FormatError(FORMAT, 'it is signed, so nothing can be added to it');
  if (hasSymbolTable) throw new FormatError(FORMAT, 'it has a symbol table');
}

function requireRoom(section: PeSection, { length }: Uint8Array): PeSection {
  if (length > 0 && length <= section.rawSize) return { ...section, virtualSize: length };
  throw new FormatError(
    FORMAT,
    `section ${section.name} has room for ${section.rawSize} bytes, not for ${length}`,
  );
}

/** Where the new ones go: behind the last one, both in memory and in the file. */
function place(
  image: PeImage,
  kept: readonly Placed[],
  sections: readonly NewSection[],
): AddedSection[] {
  const placed: AddedSection[] = [];
  let before = kept.at(-1)?.section;
  let end = image.bytes.length;
  for (const { name, content, characteristics } of sections) {
    if (!/^[\x21-\x7e]{1,8}$/.test(name) || content.length === 0)
      throw new FormatError(FORMAT, `there cannot be a section ${JSON.stringify(name)} so`);
    const loadedEnd = before === undefined ? 0 : before.virtualAddress + before.virtualSize;
    const section: PeSection = {
      name,
      virtualSize: content.length,
      virtualAddress: alignUp(loadedEnd, image.sectionAlignment),
      rawSize: alignUp(content.length, image.fileAlignment),
      rawOffset: alignUp(end, image.fileAlignment),
      characteristics,
    };
    end = section.rawOffset + section.rawSize;
    if (end > U32_MAX || alignUp(section.virtualAddress + content.length, 65536) > U32_MAX)
      throw new FormatError(FORMAT, `section ${name} would lie beyond 4 GiB`);
    placed.push({ section, content });
    before = section;
  }
  return placed;
}

function writeHeaders(file: Buffer, image: PeImage, all: readonly Placed[]): void {
  const { coffHeader, optionalHeader, sectionHeaders } = image;
  const sizeOfHeaders = alignUp(image.sizeOfHeaders, image.fileAlignment);
  if (
    all.length > SECTIONS_MAX ||
    sectionHeaders + all.length * SECTION_HEADER_SIZE > sizeOfHeaders
  )
    throw new FormatError(FORMAT, `there is no room for the headers of ${all.length} sections`);
  // The other fields of new headers are zero; those of the stub's stay what they are.
  const [ownEnd, end] = [image.sections.length, all.length].map(
    (count) => sectionHeaders + count * SECTION_HEADER_SIZE,
  );
  file.fill(0, ownEnd, end);
  all.forEach(({ section }, index) => {
    writeSection(file, sectionHeaders + index * SECTION_HEADER_SIZE, section);
  });
  const last = all.at(-1)?.section;
  const loadedEnd = last === undefined ? 0 : last.virtualAddress + last.virtualSize;
  const data = file.readUInt32LE(optionalHeader + OPTIONAL.SizeOfInitializedData);
  const addedData = all
    .slice(image.sections.length)
    .reduce((sum, { section }) => sum + section.virtualSize, 0);
  file.writeUInt16LE(all.length, coffHeader + COFF.NumberOfSections);
  file.writeUInt32LE((data + addedData) % 2 ** 32, optionalHeader + OPTIONAL.SizeOfInitializedData);
  file.writeUInt32LE(
    alignUp(loadedEnd, image.sectionAlignment),
    optionalHeader + OPTIONAL.SizeOfImage,
  );
  file.writeUInt32LE(sizeOfHeaders, optionalHeader + OPTIONAL.SizeOfHeaders);
  file.writeUInt32LE(0, optionalHeader + OPTIONAL.CheckSum);
}

function clearNxCompat(file: Buffer, image: PeImage): void {
  const value = image.dllCharacteristics & ~IMAGE_DLLCHARACTERISTICS_NX_COMPAT;
  file.writeUInt16LE(value, image.optionalHeader + OPTIONAL.DllCharacteristics);
}

function writeSection(file: Buffer, at: number, section: PeSection): void {
  file.write(section.name.padEnd(SECTION_NAME_SIZE, '\0'), at + SECTION.Name, 'latin1');
  file.writeUInt32LE(section.virtualSize, at + SECTION.VirtualSize);
  file.writeUInt32LE(section.virtualAddress, at + SECTION.VirtualAddress);
  file.writeUInt32LE(section.rawSize, at + SECTION.SizeOfRawData);
  file.writeUInt32LE(section.rawOffset, at + SECTION.PointerToRawData);
  file.writeUInt32LE(section.characteristics, at + SECTION.Characteristics);
}
