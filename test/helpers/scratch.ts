/** A scratch directory for one test, removed when the test ends. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** Makes an empty directory below `parent` that is removed, with all that is in it, after `t`. */
export function scratchDirectory(t: TestContext, parent = tmpdir()): string {
  const path = mkdtempSync(join(parent, 'rootseal-test-'));
  t.after(() => {
    // Node's own removal fails on paths longer than PATH_MAX, which some tests make.
    execFileSync('rm', ['-rf', '--one-file-system', path]);
  });
  return path;
}
