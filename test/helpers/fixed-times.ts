/** Modification times are in an image, and so in its digest: trees of tests that are to be the same at each run have a fixed one. */
import fs from 'node:fs';
import { join } from 'node:path';

/** Seconds since 1970. */
const FIXED_TIME = 1_700_000_000;

/** Gives a directory and all that is in it the same modification time at each run. */
export function fixTimes(directory: string): void {
  const names = fs.readdirSync(directory, { recursive: true, encoding: 'utf8' });
  for (const name of [...names, '.']) fs.lutimesSync(join(directory, name), FIXED_TIME, FIXED_TIME);
}
