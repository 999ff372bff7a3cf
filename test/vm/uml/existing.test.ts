/** Tests that also run on ordinary machines, here where the file system has fs-verity. */
import { test } from 'node:test';
import { cannotRunUml, type FileSystem } from './bench.js';
import { runTestsInUml } from './inside.js';

const FILES = ['system/linux-verity', 'system/linux-mount', 'system/image-mount', 'cli/verity'];

for (const fileSystem of ['ext4', 'btrfs'] as const satisfies readonly FileSystem[])
  test(`with fs-verity on ${fileSystem}`, { skip: cannotRunUml }, async (t) => {
    await runTestsInUml(t, { fileSystem, files: FILES });
  });
