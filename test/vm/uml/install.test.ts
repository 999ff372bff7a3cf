/** `rootseal install` where the kernel has fs-verity, with each type of root file system. */
import { test } from 'node:test';
import { cannotRunUml } from './bench.js';
import { runTestsInUml } from './inside.js';

for (const fileSystem of ['ext4', 'btrfs'] as const)
  test(`installing to ${fileSystem}`, { skip: cannotRunUml }, async (t) => {
    await runTestsInUml(t, { fileSystem, files: ['vm/uml/inside/install'] });
  });
