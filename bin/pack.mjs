#!/usr/bin/env node
/**
 * Makes the archive that `npm install` takes: `node bin/pack.mjs [DIR]` (default: dist), after `npm run build`. Prints its path.
 *
 * It is bin/package.mjs's package with the boot program, which is compiled here: that takes make, a C compiler and libsodium, see
 * initramfs/README.md.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = join(import.meta.dirname, '..');
const target = resolve(process.argv[2] ?? join(root, 'dist'));
const scratch = mkdtempSync(join(tmpdir(), 'rootseal-pack-'));
/** The path alone is the result. */
const run = (program, args) =>
  execFileSync(program, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });

try {
  const folder = join(scratch, 'package');
  // Test files run side by side, and some of them make it, too.
  run('flock', ['initramfs/Makefile', 'make', '-s', '-C', 'initramfs', 'program']);
  const program = join(root, 'initramfs/build/rootseal-setup-root');
  run(process.execPath, ['bin/package.mjs', folder, '--boot-program', program]);
  mkdirSync(target, { recursive: true });
  const args = ['pack', '--silent', '--ignore-scripts', '--pack-destination', target];
  const name = execFileSync('npm', args, { cwd: folder, encoding: 'utf8' });
  console.log(join(target, name.trim()));
} finally {
  rmSync(scratch, { recursive: true });
}
