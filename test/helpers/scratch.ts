/** A scratch directory for one test, removed when the test ends. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What ends what was begun in it, in the order in which it was told: a test, for one. */
export interface Scope {
  after(end: () => unknown): unknown;
}

/** Does something in a scope of its own. */
export async function inScope<T>(work: (scope: Scope) => Promise<T>): Promise<T> {
  const ends: (() => unknown)[] = [];
  try {
    return await work({ after: (end) => ends.push(end) });
  } finally {
    for (const end of ends) await end();
  }
}

/** Makes an empty directory below `parent` that is removed, with all that is in it, after `t`. */
export function scratchDirectory(t: Scope, parent = tmpdir()): string {
  const path = mkdtempSync(join(parent, 'rootseal-test-'));
  t.after(() => {
    // Node's own removal fails on paths longer than PATH_MAX, which some tests make.
    execFileSync('rm', ['-rf', '--one-file-system', path]);
  });
  return path;
}

/** Bytes that must be free in memory for tests to work there. */
const ROOM = 2 ** 30;
const TMPFS = 0x01021994;

/**
 * Where a test works that flushes often and kills processes, but pulls no plug: a file system in memory, where there is one
 * with room. What a killed process wrote is there whether it was flushed or not.
 */
export function memory(): string {
  try {
    const { type, bavail, bsize } = statfsSync('/dev/shm');
    return type === TMPFS && bavail * bsize > ROOM ? '/dev/shm' : tmpdir();
  } catch {
    return tmpdir();
  }
}
