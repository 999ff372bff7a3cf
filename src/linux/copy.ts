/** Content from one open file to another in the kernel: shared blocks where the file system can, else copied. */
import { promisify } from 'node:util';
import { read, write } from 'node:fs';
import { describeFd, lastErrno, native, syscallError } from './libc.js';

/** `_IOW(0x94, 9, int)` of Linux include/uapi/linux/fs.h. */
const FICLONE = 0x40049409;
/** One copy_file_range call moves at most this much, so that an interrupt is not kept waiting. */
const COPY_STEP = 64 * 1024 * 1024;
const BUFFER_SIZE = 1024 * 1024;

/** What the kernel says when two files cannot share blocks, as against when something is broken. */
const CANNOT_CLONE = new Set(['EOPNOTSUPP', 'EXDEV', 'EINVAL', 'ENOTTY', 'ENOSYS']);

const ioctl = native<[number, number, number]>('ioctl', 'int', ['int', 'unsigned long', 'long']);
const copyFileRange = native<[number, null, number, null, number, number]>(
  'copy_file_range',
  'long',
  ['int', 'void *', 'int', 'void *', 'size_t', 'uint'],
);
const readFd = promisify(read);
const writeFd = promisify(write);

/**
 * Makes `dstFd` (open for writing) share all of `srcFd`'s content, copied on write.
 *
 * @returns false when the file system cannot; nothing was written then
 * @throws {SyscallError} for any other failure
 */
export function reflink(srcFd: number, dstFd: number): boolean {
  if (ioctl(dstFd, FICLONE, srcFd) === 0) return true;
  const errno = lastErrno();
  if (CANNOT_CLONE.has(errno)) return false;
  throw syscallError('ioctl FICLONE', errno, `${describeFd(srcFd)} to ${describeFd(dstFd)}`);
}

/**
 * Copies `length` bytes from the position of `srcFd` to the position of `dstFd` without bringing them here.
 *
 * @returns bytes copied: fewer than `length` when the source ends before
 * @throws {SyscallError}
 */
export async function copyRange(srcFd: number, dstFd: number, length: number): Promise<number> {
  let copied = 0;
  while (copied < length) {
    const step = Math.min(COPY_STEP, length - copied);
    const { result, errno } = await copyFileRange.async(srcFd, null, dstFd, null, step, 0);
    if (result === 0) break;
    if (result > 0) copied += result;
    else if (CANNOT_CLONE.has(errno))
      return copied + (await copyBytes(srcFd, dstFd, length - copied));
    else
      throw syscallError('copy_file_range', errno, `${describeFd(srcFd)} to ${describeFd(dstFd)}`);
  }
  return copied;
}

/** `copyRange` by reading and writing, for files between which the kernel does not copy. */
export async function copyBytes(srcFd: number, dstFd: number, length: number): Promise<number> {
  const buffer = Buffer.allocUnsafe(Math.min(BUFFER_SIZE, length));
  let copied = 0;
  while (copied < length) {
    const wanted = Math.min(buffer.length, length - copied);
    const { bytesRead } = await readFd(srcFd, buffer, 0, wanted, null);
    if (bytesRead === 0) break;
    for (let written = 0; written < bytesRead;) {
      written += (await writeFd(dstFd, buffer, written, bytesRead - written, null)).bytesWritten;
    }
    copied += bytesRead;
  }
  return copied;
}
