/**
 * Identifiers of partitions: the types of UAPI.2 (Discoverable Partitions Specification), and UUIDs made from a commit
 * id (RFC 9562, version 8), so that the same commit gives the same disk.
 */
import { hash } from 'node:crypto';
import type { CommitId } from '../commit/commit.js';

export const ESP_TYPE = 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B';

/** Architectures as EFI file names spell them (UEFI 2.10 section 3.5.1.1). */
export type EfiArchitecture = 'x64' | 'aa64' | 'ia32' | 'riscv64' | 'loongarch64';

/** SD_GPT_ROOT_* */
export const ROOT_TYPES: Readonly<Record<EfiArchitecture, string>> = {
  x64: '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709',
  aa64: 'B921B045-1DF0-41C3-AF44-4C6F280D3FAE',
  ia32: '44479540-F297-41B2-9AF7-D131D5F0458A',
  riscv64: '72EC70A6-CF74-40E6-BD49-4BDA08E8F224',
  loongarch64: '77055800-792C-4F94-B39A-98C91B762BB6',
};

/** `e_machine` of ELF programs (Linux include/uapi/linux/elf-em.h). */
export const ELF_MACHINES: Readonly<Record<number, EfiArchitecture>> = {
  3: 'ia32',
  62: 'x64',
  183: 'aa64',
  243: 'riscv64',
  258: 'loongarch64',
};

/** What a derived identifier is for; each purpose has its own. */
export type IdentifierPurpose = 'disk' | 'esp' | 'root' | 'ext4' | 'ext4-hash-seed' | 'fat';

/** A UUID that depends on the commit and on what it is for, in lower case. */
export function derivedUuid(commit: CommitId, purpose: IdentifierPurpose): string {
  const bytes = derivedBytes(commit, purpose).subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** The 8 hex digits of a FAT volume id. */
export function derivedVolumeId(commit: CommitId): string {
  return derivedBytes(commit, 'fat').toString('hex', 0, 4);
}

function derivedBytes(commit: CommitId, purpose: IdentifierPurpose): Buffer {
  return hash('sha256', `rootseal disk v1\n${purpose}\n${commit}\n`, 'buffer');
}
