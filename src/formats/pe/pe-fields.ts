/**
 * Where the fields of a PE32+ file are (Microsoft PE Format, 2024; UEFI 2.10 section 2.1.1). All integers are little-endian.
 * Names and constants are spelled as there.
 */

/** Name of the format in errors. */
export const FORMAT = 'PE file';

export const IMAGE_DOS_SIGNATURE = 0x5a4d;
export const IMAGE_NT_SIGNATURE = 0x00004550;
export const IMAGE_NT_OPTIONAL_HDR64_MAGIC = 0x20b;
export const IMAGE_SUBSYSTEM_EFI_APPLICATION = 10;
export const IMAGE_DLLCHARACTERISTICS_NX_COMPAT = 0x100;

export const IMAGE_SCN_CNT_CODE = 0x20;
export const IMAGE_SCN_CNT_INITIALIZED_DATA = 0x40;
export const IMAGE_SCN_MEM_READ = 0x40000000;

/** In the DOS header: where the signature of the new one is. */
export const E_LFANEW = 0x3c;
/** From there: 4 bytes of signature, then the COFF header. */
export const COFF_HEADER = 4;
export const COFF_HEADER_SIZE = 20;
export const OPTIONAL_HEADER = COFF_HEADER + COFF_HEADER_SIZE;

/** Offsets in the COFF header. */
export const COFF = {
  Machine: 0,
  NumberOfSections: 2,
  PointerToSymbolTable: 8,
  SizeOfOptionalHeader: 16,
} as const;

/** Offsets in the optional header of PE32+. */
export const OPTIONAL = {
  Magic: 0,
  SizeOfInitializedData: 8,
  SectionAlignment: 32,
  FileAlignment: 36,
  SizeOfImage: 56,
  SizeOfHeaders: 60,
  CheckSum: 64,
  Subsystem: 68,
  DllCharacteristics: 70,
  NumberOfRvaAndSizes: 108,
  DataDirectory: 112,
} as const;

export const DATA_DIRECTORY_SIZE = 8;
/** IMAGE_NUMBEROF_DIRECTORY_ENTRIES */
export const DATA_DIRECTORIES_MAX = 16;
/** Index of the certificate table; its address is an offset in the file. */
export const IMAGE_DIRECTORY_ENTRY_SECURITY = 4;

export const SECTION_HEADER_SIZE = 40;
/** Offsets in a section header. */
export const SECTION = {
  Name: 0,
  VirtualSize: 8,
  VirtualAddress: 12,
  SizeOfRawData: 16,
  PointerToRawData: 20,
  Characteristics: 36,
} as const;
export const SECTION_NAME_SIZE = 8;
/** What the loader of Windows takes, and firmware. */
export const SECTIONS_MAX = 96;
