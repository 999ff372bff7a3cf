/** Nodes of ext4's extent trees (Linux 6.12 fs/ext4/ext4_extents.h). */
import { FormatError } from '../../util/errors.js';
import { crc32c } from './crc32c.js';

const EXT4_EXT_MAGIC = 0xf30a;
const EXT_INIT_MAX_LEN = 0x8000;
const HEADER_SIZE = 12;
const ENTRY_SIZE = 12;
/** Deepest tree that the kernel takes. */
export const EXT4_MAX_EXTENT_DEPTH = 5;

/** Blocks of a file that lie one after another on disk. */
export interface Extent {
  /** First block, counted in the file. */
  readonly logical: number;
  /** First block, counted in the file system. */
  readonly physical: number;
  readonly length: number;
}

/** An inner node's children as block numbers, or a leaf's extents. */
export type ExtentNode =
  | { readonly depth: number; readonly children: readonly number[] }
  | { readonly depth: 0; readonly extents: readonly Extent[] };

/**
 * Reads the root in an inode or a node in a block of its own.
 * @throws {FormatError} when it is none
 */
export function parseExtentNode(bytes: Buffer): ExtentNode {
  const entries = bytes.readUInt16LE(2);
  const depth = bytes.readUInt16LE(6);
  if (bytes.readUInt16LE(0) !== EXT4_EXT_MAGIC || depth > EXT4_MAX_EXTENT_DEPTH)
    throw new FormatError('ext4', 'no extent node');
  if (HEADER_SIZE + entries * ENTRY_SIZE > bytes.length)
    throw new FormatError('ext4', 'an extent node with too many entries');
  const places = Array.from({ length: entries }, (_, index) => HEADER_SIZE + index * ENTRY_SIZE);
  if (depth > 0) {
    const children = places.map(
      (at) => bytes.readUInt32LE(at + 4) + bytes.readUInt16LE(at + 8) * 2 ** 32,
    );
    return { depth, children };
  }
  const extents = places.map((at) => ({
    logical: bytes.readUInt32LE(at),
    physical: bytes.readUInt32LE(at + 8) + bytes.readUInt16LE(at + 6) * 2 ** 32,
    length: initializedLength(bytes.readUInt16LE(at + 4)),
  }));
  return { depth: 0, extents };
}

/** Marks all extents of a leaf as written: until then they read as zeros, whatever lies on disk. */
export function initializeExtents(bytes: Buffer): void {
  const entries = bytes.readUInt16LE(2);
  for (let index = 0; index < entries; index++) {
    const at = HEADER_SIZE + index * ENTRY_SIZE + 4;
    bytes.writeUInt16LE(initializedLength(bytes.readUInt16LE(at)), at);
  }
}

function initializedLength(length: number): number {
  return length > EXT_INIT_MAX_LEN ? length - EXT_INIT_MAX_LEN : length;
}

/** Writes the checksum of a node that has a block of its own; the root is covered by its inode's. */
export function updateExtentChecksum(block: Buffer, inodeSeed: number): void {
  const tail = HEADER_SIZE + bytesOfEntries(block);
  block.writeUInt32LE(crc32c(inodeSeed, block.subarray(0, tail)), tail);
}

function bytesOfEntries(block: Buffer): number {
  return block.readUInt16LE(4) * ENTRY_SIZE;
}
