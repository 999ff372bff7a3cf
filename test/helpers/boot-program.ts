/** The boot program's C sources, built by make: its test programs, and what they say. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The checkout, seen from `dist/test/helpers`. */
export const CHECKOUT = join(import.meta.dirname, '../../..');
const INITRAMFS = join(CHECKOUT, 'initramfs');

const missing = ['make', 'cc', 'flock'].filter(
  (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0,
);
const hasSodium =
  existsSync('/usr/include/sodium.h') &&
  spawnSync('sh', ['-c', 'test -e "$(cc -print-file-name=libsodium.a)"']).status === 0;
if (!hasSodium) missing.push('libsodium-dev');

/** Why the boot program cannot be built here; false when it can. */
export const cannotBuild =
  missing.length > 0 && `the boot program cannot be built without ${missing.join(', ')}`;

/**
 * Makes one file of `initramfs/build`, such as `sanitized/vectors`, and returns its path. Test files run side by side, so
 * make runs under a lock.
 */
export function buildBoot(name: string): string {
  const lock = join(INITRAMFS, 'Makefile');
  execFileSync('flock', [lock, 'make', '-s', '-C', INITRAMFS, `build/${name}`], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return join(INITRAMFS, 'build', name);
}

/** Starts a program that was built, with perhaps something to read, and returns all that it prints. */
export function runBoot(
  program: string,
  args: readonly string[],
  input = '',
): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync(program, args, {
    input,
    encoding: 'latin1',
    maxBuffer: 1 << 26,
  });
  return { status, output: stdout + stderr };
}
