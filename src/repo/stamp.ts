/** A file's identity and state in one string: two equal stamps mean that nothing was written in between. */
import type { FileStat } from '../linux/stat.js';

export function stampOf(stat: FileStat): string {
  return `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeSec}.${stat.mtimeNsec}:${stat.ctimeSec}.${stat.ctimeNsec}`;
}
