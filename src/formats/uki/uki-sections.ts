/**
 * The sections of a unified kernel image as rootseal makes them (UAPI.5, Unified Kernel Image; systemd 257 src/fundamental/uki.c;
 * docs/formats/uki.md).
 */
import {
  IMAGE_SCN_CNT_CODE,
  IMAGE_SCN_CNT_INITIALIZED_DATA,
  IMAGE_SCN_MEM_READ,
} from '../pe/pe-fields.js';

/** Name of the format in errors. */
export const FORMAT = 'UKI';

/** Largest image, in bytes. */
export const UKI_SIZE_MAX = 2 ** 30;

/** What is added to the stub, in this order. `.sbat` is in the stub and is replaced. */
export const ADDED_SECTIONS = [
  '.osrel',
  '.cmdline',
  '.uname',
  '.pcrpkey',
  '.linux',
  '.initrd',
  '.pcrsig',
] as const;

export type UkiSectionName = (typeof ADDED_SECTIONS)[number] | '.sbat';

/** Without one of them it is not an image of ours. One without `.cmdline` takes any command line, one without `.initrd` any initramfs. */
export const REQUIRED_SECTIONS: readonly UkiSectionName[] = [
  '.osrel',
  '.cmdline',
  '.uname',
  '.linux',
  '.initrd',
  '.sbat',
];

/** What the stub measures to PCR 11, in this order. */
export const MEASURED_SECTIONS: readonly UkiSectionName[] = [
  '.linux',
  '.osrel',
  '.cmdline',
  '.initrd',
  '.uname',
  '.sbat',
  '.pcrpkey',
];

/** Sections of a stub of systemd itself. */
export const STUB_SECTIONS: readonly string[] = [
  '.text',
  '.rodata',
  '.data',
  '.sbat',
  '.sdmagic',
  '.reloc',
];

/** The contents of the sections, without those that are the stub's alone. */
export type UkiSections = ReadonlyMap<UkiSectionName, Buffer>;

export function isAddedSection(name: string): name is (typeof ADDED_SECTIONS)[number] {
  return (ADDED_SECTIONS as readonly string[]).includes(name);
}

/** What ukify says of each (systemd 257.13). */
export function characteristicsOf(name: UkiSectionName): number {
  const kind = name === '.linux' ? IMAGE_SCN_CNT_CODE : IMAGE_SCN_CNT_INITIALIZED_DATA;
  return IMAGE_SCN_MEM_READ | kind;
}
