/**
 * The fs-verity descriptor and the file digest (Linux 6.12 include/uapi/linux/fsverity.h: struct fsverity_descriptor).
 *
 * | offset | size | field |
 * |---|---|---|
 * | 0 | 1 | version, 1 |
 * | 1 | 1 | hash_algorithm |
 * | 2 | 1 | log_blocksize, 12 |
 * | 3 | 1 | salt_size, 0 |
 * | 4 | 4 | reserved |
 * | 8 | 8 | data_size |
 * | 16 | 64 | root_hash, zero padded |
 * | 80 | 32 | salt, zeros |
 * | 112 | 144 | reserved |
 */
import { hash } from 'node:crypto';
import type { Digest, HashAlgorithm } from '../../util/digest.js';
import { MerkleHasher, type MerkleResult } from './merkle.js';
import { FS_VERITY_HASH_ALG, FS_VERITY_LOG_BLOCK_SIZE } from './params.js';

export const FS_VERITY_DESCRIPTOR_SIZE = 256;
const FS_VERITY_DESCRIPTOR_VERSION = 1;
const ROOT_HASH_OFFSET = 16;
const ROOT_HASH_END = 80;

/** For digests of which nobody wants the descriptor. */
const scratch = Buffer.alloc(FS_VERITY_DESCRIPTOR_SIZE);

/** The 256 descriptor bytes for a finished Merkle tree. */
export function encodeDescriptor(algorithm: HashAlgorithm, merkle: MerkleResult): Buffer {
  return fillDescriptor(Buffer.alloc(FS_VERITY_DESCRIPTOR_SIZE), algorithm, merkle);
}

/** Sets every field that is not always zero. */
function fillDescriptor(
  descriptor: Buffer,
  algorithm: HashAlgorithm,
  merkle: MerkleResult,
): Buffer {
  descriptor.writeUInt8(FS_VERITY_DESCRIPTOR_VERSION, 0);
  descriptor.writeUInt8(FS_VERITY_HASH_ALG[algorithm], 1);
  descriptor.writeUInt8(FS_VERITY_LOG_BLOCK_SIZE, 2);
  descriptor.writeBigUInt64LE(BigInt(merkle.size), 8);
  merkle.root.copy(descriptor.fill(0, ROOT_HASH_OFFSET, ROOT_HASH_END), ROOT_HASH_OFFSET);
  return descriptor;
}

/** The digest that `FS_IOC_MEASURE_VERITY` gives for content with this Merkle tree. */
export function fileDigest(algorithm: HashAlgorithm, merkle: MerkleResult): Digest {
  return hash(algorithm, fillDescriptor(scratch, algorithm, merkle), 'hex') as Digest;
}

/** The fs-verity digest of content that is in memory. */
export function digestOf(content: Uint8Array, algorithm: HashAlgorithm): Digest {
  const hasher = new MerkleHasher(algorithm);
  hasher.update(content);
  return fileDigest(algorithm, hasher.finish());
}
