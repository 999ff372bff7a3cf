/** Mounts for tests, which nobody outside this process and its children sees. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import type { TestContext } from 'node:test';
import { enterMountNamespace } from '../../src/linux/namespace.js';
import { describeError } from '../../src/util/errors.js';

/**
 * Starts this process again in a mount namespace of its own; says why not when it cannot. To be called first, also by
 * whoever starts `unshare -m`, which refuses to where `/` is not a mount point; here it is one.
 */
export function reasonForNoMounts(): string | false {
  try {
    enterMountNamespace();
    return false;
  } catch (error) {
    return describeError(error);
  }
}

/** Mounts an empty file system of `size` bytes on a new directory until the test ends. */
export function mountTmpfs(t: TestContext, directory: string, size: number): void {
  fs.mkdirSync(directory);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'test', directory]);
  t.after(() => execFileSync('umount', ['--lazy', directory]));
}

/** Makes `directory` read-only until the test ends. */
export function mountReadOnly(t: TestContext, directory: string): void {
  execFileSync('mount', ['--bind', directory, directory]);
  t.after(() => execFileSync('umount', ['--lazy', directory]));
  execFileSync('mount', ['-o', 'remount,bind,ro', directory]);
}
