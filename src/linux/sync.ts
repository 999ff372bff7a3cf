/** Making what was written survive a power cut. */
import { closeSync, constants, fsync } from 'node:fs';
import { promisify } from 'node:util';
import type { ByteString } from '../util/bytes.js';
import { check, checkAsync, describeFd, native } from './libc.js';
import { openAt } from './open.js';

/** Of sync_file_range(2) (Linux include/uapi/linux/fs.h): start writing, do not wait. */
const SYNC_FILE_RANGE_WRITE = 2;

const syncfsNative = native<[number]>('syncfs', 'int', ['int']);
const syncFileRange = native<[number, number, number, number]>('sync_file_range', 'int', [
  'int',
  'long',
  'long',
  'uint',
]);
const fsyncFd = promisify(fsync);

/** Flushes the whole file system that `fd` is on; far cheaper than flushing many files one by one. */
export async function syncfs(fd: number): Promise<void> {
  await checkAsync(syncfsNative.async(fd), 'syncfs', () => describeFd(fd));
}

/** Flushes the names in the directory `name`, so that a rename in it survives. */
export async function fsyncDirectory(dirFd: number, name: ByteString): Promise<void> {
  const fd = openAt(dirFd, name, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await fsyncFd(fd);
  } finally {
    closeSync(fd);
  }
}

/** Starts writing a file's content to disk without waiting for it, so that a later `syncfs` has little left to do. */
export function startWriteback(fd: number): void {
  check(syncFileRange(fd, 0, 0, SYNC_FILE_RANGE_WRITE), 'sync_file_range', () => describeFd(fd));
}
