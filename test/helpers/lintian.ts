/** The package checker of Debian 13, in a system of its own that is unpacked once and kept outside of the checkout. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { basename, join } from 'node:path';
import { cached } from '../vm/qemu/cache.js';
import { mmdebstrap } from './mmdebstrap.js';
import { scratchDirectory, type Scope } from './scratch.js';

const RECIPE = [
  ...['--mode=root', '--format=directory', '--variant=minbase', '--quiet', '--include=lintian'],
  ...['man', 'locale', 'doc'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`),
  '--dpkgopt=force-unsafe-io',
];

/** All that it says about the packages, one line each, with what it would not show by itself. */
export function lintian(t: Scope, files: readonly string[]): string[] {
  const system = cached(
    'lintian',
    RECIPE.map((word) => `=${word}`),
    (work) => {
      mmdebstrap([...RECIPE, 'trixie', join(work, 'root')]);
    },
  );
  const root = join(system, 'root');
  const packages = scratchDirectory(t, join(root, 'var/tmp'));
  for (const file of files) fs.copyFileSync(file, join(packages, basename(file)));
  const args = [
    ...['--allow-root', '--no-cfg', '--display-info', '--show-overrides', '--tag-display-limit=0'],
    ...files.map((file) => join(packages.slice(root.length), basename(file))),
  ];
  // It looks at processes for how many there may be.
  const script = 'mount -t proc proc "$1/proc" && exec chroot "$@"';
  const command = ['--mount', 'sh', '-c', script, 'sh', root, 'env', '-i', 'PATH=/usr/bin:/bin'];
  const { stdout, stderr, error } = spawnSync('unshare', [...command, 'lintian', ...args], {
    encoding: 'utf8',
  });
  if (error !== undefined) throw error;
  return `${stdout}${stderr}`.trim().split('\n');
}
