/**
 * The ext4 superblock and group descriptors, as far as finding inodes and their checksums needs them (Linux 6.12
 * Documentation/filesystems/ext4/super.rst, group_descr.rst).
 */
import { FormatError } from '../../util/errors.js';
import { crc32c } from './crc32c.js';

/** Where the superblock begins, in bytes from the start of the file system. */
export const SUPERBLOCK_OFFSET = 1024;
export const SUPERBLOCK_SIZE = 1024;

const EXT4_SUPER_MAGIC = 0xef53;
const EXT4_FEATURE_INCOMPAT_64BIT = 0x80;
const EXT4_FEATURE_INCOMPAT_CSUM_SEED = 0x2000;
const EXT4_FEATURE_RO_COMPAT_METADATA_CSUM = 0x400;
const DESC_SIZE_32BIT = 32;

export interface Superblock {
  /** Bytes. */
  readonly blockSize: number;
  readonly blocks: number;
  readonly freeBlocks: number;
  readonly inodes: number;
  readonly freeInodes: number;
  readonly inodesPerGroup: number;
  /** Bytes of one inode. */
  readonly inodeSize: number;
  /** Bytes of one group descriptor. */
  readonly descriptorSize: number;
  /** Block of the first group descriptor. */
  readonly descriptorBlock: number;
  /** What checksums start from; undefined when the file system has none. */
  readonly checksumSeed: number | undefined;
}

/** @throws {FormatError} when the bytes are not an ext4 superblock */
export function parseSuperblock(bytes: Buffer): Superblock {
  if (bytes.length < SUPERBLOCK_SIZE || bytes.readUInt16LE(0x38) !== EXT4_SUPER_MAGIC)
    throw new FormatError('ext4', 'no superblock', { offset: SUPERBLOCK_OFFSET });
  const logBlockSize = bytes.readUInt32LE(0x18);
  if (logBlockSize > 6) throw new FormatError('ext4', 'impossible block size', { offset: 0x418 });
  const incompat = bytes.readUInt32LE(0x60);
  const is64 = (incompat & EXT4_FEATURE_INCOMPAT_64BIT) !== 0;
  const count = (low: number, high: number) =>
    bytes.readUInt32LE(low) + (is64 ? bytes.readUInt32LE(high) * 2 ** 32 : 0);
  const hasChecksums = (bytes.readUInt32LE(0x64) & EXT4_FEATURE_RO_COMPAT_METADATA_CSUM) !== 0;
  const uuidSeed = crc32c(0xffffffff, bytes.subarray(0x68, 0x78));
  const seed =
    (incompat & EXT4_FEATURE_INCOMPAT_CSUM_SEED) === 0 ? uuidSeed : bytes.readUInt32LE(0x270);
  return {
    blockSize: 1024 << logBlockSize,
    blocks: count(0x04, 0x150),
    freeBlocks: count(0x0c, 0x158),
    inodes: bytes.readUInt32LE(0x00),
    freeInodes: bytes.readUInt32LE(0x10),
    inodesPerGroup: bytes.readUInt32LE(0x28),
    inodeSize: bytes.readUInt16LE(0x58),
    descriptorSize: is64 ? bytes.readUInt16LE(0xfe) : DESC_SIZE_32BIT,
    descriptorBlock: bytes.readUInt32LE(0x14) + 1,
    checksumSeed: hasChecksums ? seed : undefined,
  };
}

/** The block where a group's inode table begins, from its group descriptor. */
export function inodeTableOf(descriptor: Buffer): number {
  const high = descriptor.length > DESC_SIZE_32BIT ? descriptor.readUInt32LE(0x28) : 0;
  return descriptor.readUInt32LE(0x08) + high * 2 ** 32;
}
