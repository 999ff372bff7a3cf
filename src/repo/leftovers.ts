/** What killed writers leave in `tmp/`. Nothing refers to it; it only takes space. */
import fs from 'node:fs';
import { RootsealError } from '../util/errors.js';
import { TMP_DIR } from './layout.js';
import type { Repository } from './repository.js';

/** Directories of objects that an interrupted pull left for the next one. Only `gc` removes them. */
export const PULL_PREFIX = 'pull-';

/** Names in `tmp/`. While a writer runs, its files are among them. */
export function listLeftovers(repository: Repository): string[] {
  return fs.readdirSync(repository.file(TMP_DIR)).sort();
}

/** Removes everything in `tmp/`. The caller holds the exclusive lock, so nobody is writing there. */
export async function removeLeftovers(repository: Repository): Promise<void> {
  await removeNames(repository, listLeftovers(repository));
}

async function removeNames(repository: Repository, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const { remove } = await import('fs-extra/esm');
  for (const name of names) await remove(repository.file(`${TMP_DIR}/${name}`));
}

/** Cleans up after a killed writer, if this process happens to be the only one here. */
export async function removeLeftoversIfAlone(repository: Repository): Promise<void> {
  const left = () => listLeftovers(repository).filter((name) => !name.startsWith(PULL_PREFIX));
  if (left().length === 0) return;
  try {
    const lock = await repository.lock('exclusive', { wait: false });
    try {
      await removeNames(repository, left());
    } finally {
      lock.release();
    }
  } catch (error) {
    // Somebody else is at work; what is left over now is removed by a later writer.
    if (!(error instanceof RootsealError) || error.code !== 'LOCKED') throw error;
  }
}
