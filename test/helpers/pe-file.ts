/** Small PE32+ files, made by hand: what a stub, a kernel or a damaged file looks like. */
import { alignUp } from '../../src/util/bytes.js';

export interface MadeSection {
  name: string;
  content?: Buffer;
  /** Default: the content's length. */
  virtualSize?: number;
  virtualAddress?: number;
  rawSize?: number;
  rawOffset?: number;
  characteristics?: number;
}

export interface MadePe {
  sections: readonly MadeSection[];
  machine?: number;
  magic?: number;
  sizeOfImage?: number;
  sizeOfHeaders?: number;
  dllCharacteristics?: number;
  /** What the header says. */
  sectionCount?: number;
  dataDirectories?: number;
  certificates?: Buffer;
  certificateEntry?: { offset: number; size: number };
}

const SECTION_ALIGNMENT = 4096;
const FILE_ALIGNMENT = 512;
/** Where the PE header begins. */
export const PE_HEADER = 0x80;
export const OPTIONAL_HEADER = PE_HEADER + 24;

/** Each field is what it should be unless it is given. */
export function makePe(made: MadePe): Buffer {
  const directories = made.dataDirectories ?? 16;
  const optionalSize = 112 + 8 * directories;
  const headersAt = OPTIONAL_HEADER + optionalSize;
  const headersEnd = headersAt + 40 * made.sections.length;
  const sizeOfHeaders = made.sizeOfHeaders ?? alignUp(Math.max(headersEnd, 1536), FILE_ALIGNMENT);
  let rawEnd = alignUp(Math.max(headersEnd, sizeOfHeaders), FILE_ALIGNMENT);
  let loadedEnd = alignUp(sizeOfHeaders, SECTION_ALIGNMENT);
  const placed = made.sections.map((section) => {
    const content = section.content ?? Buffer.from('content');
    const virtualSize = section.virtualSize ?? content.length;
    const all = {
      ...section,
      content,
      virtualSize,
      virtualAddress: section.virtualAddress ?? loadedEnd,
      rawSize: section.rawSize ?? alignUp(content.length, FILE_ALIGNMENT),
      rawOffset: section.rawOffset ?? rawEnd,
    };
    loadedEnd = alignUp(all.virtualAddress + virtualSize, SECTION_ALIGNMENT);
    rawEnd += alignUp(content.length, FILE_ALIGNMENT);
    return { ...all, at: rawEnd - alignUp(content.length, FILE_ALIGNMENT) };
  });
  const file = Buffer.alloc(rawEnd);
  file.write('MZ', 0, 'latin1');
  file.writeUInt32LE(PE_HEADER, 0x3c);
  file.write('PE\0\0', PE_HEADER, 'latin1');
  file.writeUInt16LE(made.machine ?? 0x8664, PE_HEADER + 4);
  file.writeUInt16LE(made.sectionCount ?? made.sections.length, PE_HEADER + 6);
  file.writeUInt16LE(optionalSize, PE_HEADER + 20);
  file.writeUInt16LE(0x22e, PE_HEADER + 22);
  const u32 = (value: number, at: number) => file.writeUInt32LE(value, OPTIONAL_HEADER + at);
  file.writeUInt16LE(made.magic ?? 0x20b, OPTIONAL_HEADER);
  u32(SECTION_ALIGNMENT, 32);
  u32(FILE_ALIGNMENT, 36);
  u32(made.sizeOfImage ?? loadedEnd, 56);
  u32(sizeOfHeaders, 60);
  u32(0x12345678, 64);
  file.writeUInt16LE(10, OPTIONAL_HEADER + 68);
  file.writeUInt16LE(made.dllCharacteristics ?? 0x160, OPTIONAL_HEADER + 70);
  u32(directories, 108);
  for (const [index, section] of placed.entries()) {
    const at = headersAt + 40 * index;
    file.write(section.name, at, 8, 'latin1');
    file.writeUInt32LE(section.virtualSize, at + 8);
    file.writeUInt32LE(section.virtualAddress, at + 12);
    file.writeUInt32LE(section.rawSize, at + 16);
    file.writeUInt32LE(section.rawOffset, at + 20);
    file.writeUInt32LE(section.characteristics ?? 0x40000040, at + 36);
    section.content.copy(file, section.at);
  }
  const certificates = made.certificates ?? Buffer.alloc(0);
  const entry =
    made.certificateEntry ??
    (certificates.length > 0 ? { offset: rawEnd, size: certificates.length } : undefined);
  if (entry !== undefined) {
    u32(entry.offset, 112 + 32);
    u32(entry.size, 112 + 36);
  }
  return Buffer.concat([file, certificates]);
}

const SBAT = `sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md
systemd-stub,1,The systemd Developers,systemd,257,https://systemd.io/
`;

/** What reads as a stub of systemd. */
export function makeStub({ version = '257.13-1~deb13u1', machine = 0x8664 } = {}): Buffer {
  const sections: MadeSection[] = [
    { name: '.text', content: Buffer.alloc(5000, 0x90), characteristics: 0x60000020 },
    { name: '.rodata', content: Buffer.alloc(700, 1) },
    { name: '.data', content: Buffer.alloc(100, 2), characteristics: 0xc0000040 },
    { name: '.sbat', content: Buffer.from(SBAT) },
    { name: '.sdmagic', content: Buffer.from(`#### LoaderInfo: systemd-stub ${version} ####`) },
    { name: '.reloc', content: Buffer.alloc(16, 3) },
  ];
  return makePe({ sections, machine });
}

/** What reads as a kernel with an EFI stub; `nxCompat` as kernels say it that never run code from writable memory. */
export function makeKernel({ nxCompat = false, fill = 'a kernel', machine = 0x8664 } = {}): Buffer {
  const sections: MadeSection[] = [
    { name: '.setup', content: Buffer.alloc(512, 4), characteristics: 0x42000040 },
    { name: '.text', content: Buffer.alloc(9000, fill), characteristics: 0x60000020 },
  ];
  return makePe({ sections, machine, dllCharacteristics: nxCompat ? 0x100 : 0 });
}
