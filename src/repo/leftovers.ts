/** What killed writers leave in `tmp/`. Nothing refers to it; it only takes space. */
import fs from 'node:fs';
import { RootsealError } from '../util/errors.js';
import { TMP_DIR } from './layout.js';
import type { Repository } from './repository.js';

/** Names in `tmp/`. While a writer runs, its files are among them. */
export function listLeftovers(repository: Repository): string[] {
  return fs.readdirSync(repository.file(TMP_DIR)).sort();
}

/** Removes everything in `tmp/`. The caller holds the exclusive lock, so nobody is writing there. */
export async function removeLeftovers(repository: Repository): Promise<void> {
  const names = listLeftovers(repository);
  if (names.length === 0) return;
  const { remove } = await import('fs-extra/esm');
  for (const name of names) await remove(repository.file(`${TMP_DIR}/${name}`));
}

/** Cleans up after a killed writer, if this process happens to be the only one here. */
export async function removeLeftoversIfAlone(repository: Repository): Promise<void> {
  if (listLeftovers(repository).length === 0) return;
  try {
    const lock = await repository.lock('exclusive', { wait: false });
    try {
      await removeLeftovers(repository);
    } finally {
      lock.release();
    }
  } catch (error) {
    // Somebody else is at work; what is left over now is removed by a later writer.
    if (!(error instanceof RootsealError) || error.code !== 'LOCKED') throw error;
  }
}
