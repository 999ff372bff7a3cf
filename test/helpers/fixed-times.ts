/** Modification times are in an image, and so in its digest: trees of tests that are to be the same at each run have a fixed one. */
import fs from 'node:fs';
import { join } from 'node:path';

/** Seconds since 1970. */
const FIXED_TIME = 1_700_000_000;

/** Gives a directory and all that is in it the same modification time at each run. What links lead to stays as it is. */
export function fixTimes(directory: string): void {
  // Not readdir's own recursion: that goes through symbolic links.
  for (const entry of fs.readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) fixTimes(path);
    else fs.lutimesSync(path, FIXED_TIME, FIXED_TIME);
  }
  fs.lutimesSync(directory, FIXED_TIME, FIXED_TIME);
}
