/** Whether what is to be fetched fits, before any of it is. */
import fs from 'node:fs';
import type { Repository } from '../repo/repository.js';
import { RootsealError } from '../util/errors.js';
import type { Downloads, WantedObject } from './download.js';

/** Free space that is left for what names the objects, in bytes. */
const MARGIN = 2 << 20;

/**
 * Each object takes whole blocks.
 * @param others bytes of another file that comes with them
 * @throws {RootsealError} NO_SPACE with both figures
 */
export function requireSpace(
  repository: Repository,
  wanted: readonly WantedObject[],
  downloads: Downloads,
  others = 0,
): void {
  const { bavail, bsize } = fs.statfsSync(repository.path);
  const blocks = wanted.reduce(
    (sum, one) => sum + Math.ceil((one.size - downloads.present(one)) / bsize),
    Math.ceil(others / bsize),
  );
  const free = bavail * bsize;
  const needed = blocks * bsize + MARGIN;
  if (blocks === 0 || needed <= free) return;
  throw new RootsealError(
    'NO_SPACE',
    `${needed} bytes are needed for the objects to fetch, and ${free} are free at ${repository.path}`,
    {
      details: { needed, free, directory: repository.path },
      hint: '`rootseal gc` removes what nothing needs',
    },
  );
}
