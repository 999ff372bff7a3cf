/** ext4 inodes on disk (Linux 6.12 fs/ext4/ext4.h: struct ext4_inode; fs/ext4/inode.c: ext4_inode_csum). */
import { crc32c } from './crc32c.js';

/** Inode flags. */
export const EXT4_EXTENTS_FL = 0x80000;
export const EXT4_VERITY_FL = 0x100000;

/** `i_block`: where the extent tree's root, or a short symlink's target, lies. */
export const I_BLOCK_OFFSET = 0x28;
export const I_BLOCK_SIZE = 60;
const GOOD_OLD_INODE_SIZE = 128;
const I_CHECKSUM_LO = 0x7c;
const I_CHECKSUM_HI = 0x82;

/** The fields of an inode that are asked for here. */
export interface InodeFields {
  /** Type and permission bits, as `st_mode`. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes. */
  readonly size: number;
  readonly links: number;
  readonly flags: number;
  readonly generation: number;
  /** Seconds since 1970. */
  readonly mtimeSec: number;
}

/** Reads an inode of at least 160 bytes. */
export function parseInode(bytes: Buffer): InodeFields {
  return {
    mode: bytes.readUInt16LE(0x00),
    uid: bytes.readUInt16LE(0x02) + bytes.readUInt16LE(0x78) * 2 ** 16,
    gid: bytes.readUInt16LE(0x18) + bytes.readUInt16LE(0x7a) * 2 ** 16,
    size: bytes.readUInt32LE(0x04) + bytes.readUInt32LE(0x6c) * 2 ** 32,
    links: bytes.readUInt16LE(0x1a),
    flags: bytes.readUInt32LE(0x20),
    generation: bytes.readUInt32LE(0x64),
    mtimeSec: bytes.readInt32LE(0x10) + (bytes.readUInt32LE(0x88) & 3) * 2 ** 32,
  };
}

/** Latest and earliest time that an inode can hold. */
export const EXT4_TIMESTAMP_MIN = -(2 ** 31);
export const EXT4_TIMESTAMP_MAX = 2 ** 34 - 2 ** 31 - 1;

/** Sets the time of the last change of content, in whole seconds. The checksum is not right afterwards. */
export function setModificationTime(bytes: Buffer, seconds: number): void {
  const low = seconds | 0;
  bytes.writeInt32LE(low, 0x10);
  bytes.writeUInt32LE((seconds - low) / 2 ** 32, 0x88);
}

/** What the checksums of everything that belongs to one inode start from. */
export function inodeChecksumSeed(seed: number, ino: number, generation: number): number {
  const words = Buffer.alloc(8);
  words.writeUInt32LE(ino, 0);
  words.writeUInt32LE(generation, 4);
  return crc32c(seed, words);
}

/** Writes the checksum of an inode into it. `seed` is `inodeChecksumSeed`'s. */
export function updateInodeChecksum(bytes: Buffer, seed: number): void {
  const hasHigh = bytes.length > GOOD_OLD_INODE_SIZE && bytes.readUInt16LE(0x80) >= 4;
  bytes.writeUInt16LE(0, I_CHECKSUM_LO);
  if (hasHigh) bytes.writeUInt16LE(0, I_CHECKSUM_HI);
  const checksum = crc32c(seed, bytes);
  bytes.writeUInt16LE(checksum & 0xffff, I_CHECKSUM_LO);
  if (hasHigh) bytes.writeUInt16LE(checksum >>> 16, I_CHECKSUM_HI);
}
