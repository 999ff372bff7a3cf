/** Making what was written survive a power cut. */
import { checkAsync, describeFd, native } from './libc.js';

const syncfsNative = native<[number]>('syncfs', 'int', ['int']);

/** Flushes the whole file system that `fd` is on; far cheaper than flushing many files one by one. */
export async function syncfs(fd: number): Promise<void> {
  await checkAsync(syncfsNative.async(fd), 'syncfs', () => describeFd(fd));
}
