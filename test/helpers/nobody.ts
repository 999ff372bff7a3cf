/** An ordinary user, whom root becomes, and a checkout that this user can enter wherever it is. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import type { TestContext } from 'node:test';
import { AT_FDCWD } from '../../src/linux/libc.js';
import { cloneMount, moveMount } from '../../src/linux/mount-api.js';
import { fromText } from '../../src/util/bytes.js';
import { CHECKOUT } from './boot-program.js';
import { reasonForNoMounts } from './mounts.js';

/** Why this process cannot become somebody else; false when it can. To be called first: see `reasonForNoMounts`. */
export function reasonForNoNobody(): string | false {
  if (process.getuid?.() !== 0) return 'needs root, to become somebody else';
  return reasonForNoMounts();
}

/**
 * What runs a program as somebody with nothing but a path, until the test ends.
 *
 * Root clones below its home, which nobody else may enter (mode 0700), and might keep Node there. So for this process and its
 * children such a directory is replaced by one in memory, which leads to the checkout, to Node and to temporary files, and
 * to nothing else.
 */
export function asNobody(t: TestContext): string[] {
  for (const [directory, paths] of closedDirectories([CHECKOUT, process.execPath, tmpdir()])) {
    const copies = paths.map((path) => cloneMount(AT_FDCWD, fromText(path), true));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'mode=755', 'entrance', directory]);
    t.after(() => execFileSync('umount', ['--lazy', '--recursive', directory]));
    for (const [index, path] of paths.entries()) attach(copies[index] ?? -1, path);
  }
  return [
    ...['setpriv', '--reuid', '1000', '--regid', '1000', '--clear-groups'],
    ...['env', '-i', 'PATH=/usr/bin:/bin'],
  ];
}

function attach(copy: number, path: string): void {
  try {
    fs.mkdirSync(path, { recursive: true, mode: 0o755 });
    moveMount(copy, fromText(path));
  } finally {
    fs.closeSync(copy);
  }
}

/** The directories that others may not enter, each with those of the paths (files as their directories) that lie below. */
export function closedDirectories(paths: readonly string[]): Map<string, string[]> {
  const closed = new Map<string, string[]>();
  for (const name of paths) {
    const real = fs.realpathSync(name);
    const path = fs.statSync(real).isDirectory() ? real : dirname(real);
    const parents = ancestors(path);
    const first = parents.find((parent) => (fs.statSync(parent).mode & 0o001) === 0);
    if (first === undefined) continue;
    const below = closed.get(first) ?? [];
    if (!below.includes(path)) closed.set(first, [...below, path]);
  }
  return closed;
}

/** `/`, and each directory on the way to `path`. */
function ancestors(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [] : [...ancestors(parent), parent];
}
