/** fs-verity constants (Linux 6.12 include/uapi/linux/fsverity.h, Documentation/filesystems/fsverity.rst). */
import type { HashAlgorithm } from '../../util/digest.js';

/** Merkle tree block size in bytes; the only one composefs repositories use. */
export const FS_VERITY_BLOCK_SIZE = 4096;
export const FS_VERITY_LOG_BLOCK_SIZE = 12;

/** `hash_algorithm` numbers of the descriptor and of the ioctls. */
export const FS_VERITY_HASH_ALG: Readonly<Record<HashAlgorithm, number>> = { sha256: 1, sha512: 2 };
