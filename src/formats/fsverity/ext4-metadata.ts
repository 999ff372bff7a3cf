/**
 * Where ext4 keeps a file's Merkle tree and descriptor: beyond the end of its content (Linux 6.12 fs/ext4/verity.c;
 * Documentation/filesystems/ext4/verity.rst).
 *
 *     content | hole | Merkle tree | hole to the next block | descriptor … | __le32 size of the descriptor
 *             ^ multiple of 64 KiB                                         ^ last 4 bytes of the last block
 */
import { DIGEST_SIZE, type HashAlgorithm } from '../../util/digest.js';
import { alignUp } from '../../util/bytes.js';
import { encodeDescriptor, FS_VERITY_DESCRIPTOR_SIZE } from './descriptor.js';
import type { MerkleHasher, MerkleResult } from './merkle.js';
import { FS_VERITY_BLOCK_SIZE } from './params.js';

/** `ext4_verity_metadata_pos`: a multiple of the largest page size. */
const METADATA_ALIGNMENT = 65536;

/** Where a sealed file's metadata lies, in bytes from the start of the file. */
export interface VerityPlace {
  readonly offset: number;
  readonly length: number;
}

/** The place for content of `size` bytes. */
export function verityPlace(algorithm: HashAlgorithm, size: number): VerityPlace {
  const perBlock = FS_VERITY_BLOCK_SIZE / DIGEST_SIZE[algorithm];
  let treeBlocks = 0;
  for (let blocks = Math.ceil(size / FS_VERITY_BLOCK_SIZE); blocks > 1;) {
    blocks = Math.ceil(blocks / perBlock);
    treeBlocks += blocks;
  }
  return {
    offset: alignUp(size, METADATA_ALIGNMENT),
    length: (treeBlocks + 1) * FS_VERITY_BLOCK_SIZE,
  };
}

/** The bytes at that place. `hasher` is finished and has collected the tree. */
export function verityMetadata(
  algorithm: HashAlgorithm,
  hasher: MerkleHasher,
  merkle: MerkleResult,
): Buffer {
  const tail = Buffer.alloc(FS_VERITY_BLOCK_SIZE);
  encodeDescriptor(algorithm, merkle).copy(tail, 0);
  tail.writeUInt32LE(FS_VERITY_DESCRIPTOR_SIZE, FS_VERITY_BLOCK_SIZE - 4);
  return Buffer.concat([hasher.treeBytes(), tail]);
}
