/** Durability on a FAT file system of a real kernel. */
import { test } from 'node:test';
import { cannotRunUml } from './bench.js';
import { runTestsInUml } from './inside.js';

test('what is written to an ESP', { skip: cannotRunUml }, async (t) => {
  await runTestsInUml(t, { fileSystem: 'ext4', files: ['vm/uml/inside/esp'] });
});
