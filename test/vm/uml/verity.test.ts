/** What only a kernel with fs-verity can show, on each file system that has it. */
import { test } from 'node:test';
import { cannotRunUml } from './bench.js';
import { runTestsInUml } from './inside.js';

const FILES = ['verity', 'repository', 'mount', 'raw-disk', 'doctor'];
const RUNS = [
  { fileSystem: 'ext4', names: FILES },
  { fileSystem: 'btrfs', names: [...FILES, 'reflink'] },
] as const;

for (const { fileSystem, names } of RUNS)
  test(`rootseal and fs-verity on ${fileSystem}`, { skip: cannotRunUml }, async (t) => {
    await runTestsInUml(t, { fileSystem, files: names.map((name) => `vm/uml/inside/${name}`) });
  });
