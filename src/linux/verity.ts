/**
 * fs-verity ioctls (Linux Documentation/filesystems/fsverity.rst, include/uapi/linux/fsverity.h).
 *
 * `struct fsverity_enable_arg` (128 bytes): version at 0, hash_algorithm at 4, block_size at 8, all 32 bits; no salt,
 * no built-in signature. `struct fsverity_digest`: digest_algorithm at 0 and digest_size at 2, both 16 bits, then
 * the digest.
 */
import { statfsSync } from 'node:fs';
import { toHex } from '../util/bytes.js';
import { DIGEST_SIZE, type Digest, type HashAlgorithm } from '../util/digest.js';
import { RootsealError } from '../util/errors.js';
import { describeFd, lastErrno, native, syscallError } from './libc.js';
import { fdPath } from './open.js';

/** `_IOW('f', 133, struct fsverity_enable_arg)` and `_IOWR('f', 134, struct fsverity_digest)`. */
const FS_IOC_ENABLE_VERITY = 0x40806685;
const FS_IOC_MEASURE_VERITY = 0xc0046686;
const ENABLE_ARG_SIZE = 128;
const VERITY_BLOCK_SIZE = 4096;
const DIGEST_HEADER_SIZE = 4;
const DIGEST_SIZE_MAX = 64;

/** FS_VERITY_HASH_ALG_SHA256 and FS_VERITY_HASH_ALG_SHA512. */
const HASH_ALGORITHM: Readonly<Record<HashAlgorithm, number>> = { sha256: 1, sha512: 2 };

/** `statfs.f_type` of common file systems (Linux include/uapi/linux/magic.h). */
const FILE_SYSTEM_NAME: ReadonlyMap<number, string> = new Map([
  [0xef53, 'ext4'],
  [0x9123683e, 'btrfs'],
  [0x58465342, 'xfs'],
  [0xf2f52010, 'f2fs'],
  [0x01021994, 'tmpfs'],
  [0x794c7630, 'overlayfs'],
  [0xe0f5e1e2, 'erofs'],
  [0x6969, 'nfs'],
  [0x65735546, 'FUSE or virtiofs'],
  [0x01021997, '9p'],
]);

/**
 * File systems on which the kernel itself does fs-verity: all that have it in Linux 6.12 to 6.18 (XFS has none there). FUSE and virtiofs
 * pass the requests on to a server (since Linux 6.10), which may answer whatever it likes and show other bytes; so what others
 * measure is not believed. The boot program does the same (initramfs/setup-root/verity.c).
 */
const KERNEL_VERITY: ReadonlySet<number> = new Set([0xef53, 0x9123683e, 0xf2f52010]);

const ioctl = native<[number, number, Uint8Array]>('ioctl', 'int', [
  'int',
  'unsigned long',
  'void *',
]);

/** What the kernel measured a file to be. */
export interface VerityMeasurement {
  readonly algorithm: HashAlgorithm;
  readonly digest: Digest;
}

/**
 * Enables fs-verity on a file: from now on the kernel refuses writes and checks every block that is read. A file that has it
 * already stays as it is, so measure it afterwards. Reads the whole file, on another thread.
 *
 * @param fd open for reading only, while nobody has the file open for writing
 * @throws {RootsealError} UNSUPPORTED when the kernel or the file system has no fs-verity
 * @throws {SyscallError} ETXTBSY while somebody has the file open for writing
 */
export async function enableVerity(fd: number, algorithm: HashAlgorithm): Promise<void> {
  requireKernelVerity('FS_IOC_ENABLE_VERITY', fd);
  const arg = Buffer.alloc(ENABLE_ARG_SIZE);
  arg.writeUInt32LE(1, 0);
  arg.writeUInt32LE(HASH_ALGORITHM[algorithm], 4);
  arg.writeUInt32LE(VERITY_BLOCK_SIZE, 8);
  const { result, errno } = await ioctl.async(fd, FS_IOC_ENABLE_VERITY, arg);
  if (result === -1 && errno !== 'EEXIST') throw verityError('FS_IOC_ENABLE_VERITY', errno, fd);
}

/**
 * Whether the kernel itself does fs-verity on the file system of an open file or directory, if it does fs-verity at all: only then
 * is a measurement its word.
 */
export function kernelDoesVerity(fd: number): boolean {
  return KERNEL_VERITY.has(fileSystemType(fd));
}

/**
 * The digest that the kernel holds a file to. Where a server would answer in its place, it is not asked.
 *
 * @returns undefined when the file has no fs-verity
 * @throws {RootsealError} UNSUPPORTED when the kernel or the file system has no fs-verity, or the file has
 * a hash that rootseal does not know
 */
export function measureVerity(fd: number): VerityMeasurement | undefined {
  requireKernelVerity('FS_IOC_MEASURE_VERITY', fd);
  const buffer = Buffer.alloc(DIGEST_HEADER_SIZE + DIGEST_SIZE_MAX);
  buffer.writeUInt16LE(DIGEST_SIZE_MAX, 2);
  if (ioctl(fd, FS_IOC_MEASURE_VERITY, buffer) === -1) {
    const errno = lastErrno();
    if (errno === 'ENODATA') return undefined;
    throw verityError('FS_IOC_MEASURE_VERITY', errno, fd);
  }
  const number = buffer.readUInt16LE(0);
  const size = buffer.readUInt16LE(2);
  for (const algorithm of ['sha256', 'sha512'] as const) {
    if (HASH_ALGORITHM[algorithm] !== number || DIGEST_SIZE[algorithm] !== size) continue;
    const digest = buffer.subarray(DIGEST_HEADER_SIZE, DIGEST_HEADER_SIZE + size);
    return { algorithm, digest: toHex(digest) as Digest };
  }
  const message = `${describeFd(fd)} has the fs-verity hash algorithm ${number}, which rootseal does not know`;
  throw new RootsealError('UNSUPPORTED', message);
}

/** Whether `error` says that fs-verity is lacking, as against that something went wrong. */
export function isVerityUnsupported(error: unknown): error is RootsealError {
  return error instanceof RootsealError && error.details['feature'] === 'fs-verity';
}

/** As where the file system has no fs-verity: what it says of it would not be the kernel's word. */
function requireKernelVerity(request: string, fd: number): void {
  if (!kernelDoesVerity(fd)) throw verityError(request, 'EOPNOTSUPP', fd);
}

function verityError(request: string, errno: string, fd: number): RootsealError {
  const cause = syscallError(`ioctl ${request}`, errno, describeFd(fd));
  if (cause.code !== 'UNSUPPORTED') return cause;
  const name = describeFileSystem(fd);
  return new RootsealError('UNSUPPORTED', `no fs-verity on ${name} with this kernel`, {
    cause,
    details: { feature: 'fs-verity', fileSystem: name, errno },
    hint: 'fs-verity needs CONFIG_FS_VERITY and ext4 made with -O verity, btrfs, or f2fs',
  });
}

/** Name of the file system of an open file or directory, as people know it. */
export function describeFileSystem(fd: number): string {
  const type = fileSystemType(fd);
  return FILE_SYSTEM_NAME.get(type) ?? `file system type 0x${type.toString(16)}`;
}

/** `statfs.f_type` */
function fileSystemType(fd: number): number {
  return statfsSync(fdPath(fd)).type >>> 0;
}
