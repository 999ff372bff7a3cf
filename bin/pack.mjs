#!/usr/bin/env node
/**
 * Makes the archive that `npm install` takes: `node bin/pack.mjs [DIR]` (default: dist), after `npm run build`. Prints its path.
 *
 * It is bin/package.mjs's package with the boot program, which is compiled here: that takes make, a C compiler and libsodium, see
 * initramfs/README.md.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { copyrightFile } from '../packaging/copyright.mjs';
import { settleLinks } from '../packaging/links.mjs';

const root = join(import.meta.dirname, '..');
const target = resolve(process.argv[2] ?? join(root, 'dist'));
const scratch = mkdtempSync(join(tmpdir(), 'rootseal-pack-'));
/** The path alone is the result. */
const run = (program, args) =>
  execFileSync(program, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });

const IN_PACKAGE = new Map([['Apache-2.0', 'The text is in the file LICENSE.']]);

/** The pages that README leads to, and those that they lead to. */
function writeDocumentation(folder) {
  cpSync(join(root, 'docs'), join(folder, 'docs'), { recursive: true });
  settleLinks(folder, '.', (path) => path);
}

/** What others wrote is in the bundle and in the boot program, and their notices go with it. */
function writeLicences(folder, bundled) {
  const own = 'What is in the files of dist/src/cli besides rootseal itself, with its licences.';
  const folders = bundled.map((path) => join(root, path));
  writeFileSync(join(folder, 'THIRD-PARTY-LICENSES'), copyrightFile(own, folders, IN_PACKAGE));
  cpSync(
    join(root, 'packaging/debian/rootseal-initramfs.copyright'),
    join(folder, 'initramfs/prebuilt/LICENSES'),
  );
}

try {
  const folder = join(scratch, 'package');
  // Test files run side by side, and some of them make it, too.
  run('flock', ['initramfs/Makefile', 'make', '-s', '-C', 'initramfs', 'program']);
  const program = join(root, 'initramfs/build/rootseal-setup-root');
  const bundled = join(scratch, 'bundled');
  const options = ['--boot-program', program, '--bundled', bundled];
  run(process.execPath, ['bin/package.mjs', folder, ...options]);
  writeDocumentation(folder);
  writeLicences(folder, readFileSync(bundled, 'utf8').trimEnd().split('\n'));
  mkdirSync(target, { recursive: true });
  const args = ['pack', '--silent', '--ignore-scripts', '--pack-destination', target];
  const name = execFileSync('npm', args, { cwd: folder, encoding: 'utf8' });
  console.log(join(target, name.trim()));
} finally {
  rmSync(scratch, { recursive: true });
}
