/** The boot program and built disks, with a kernel that has fs-verity. */
import fs from 'node:fs';
import { test } from 'node:test';
import { buildBoot, cannotBuild } from '../../helpers/boot-program.js';
import { bootableTree, buildDisk, commitTree } from '../../helpers/disk.js';
import { TestRepository } from '../../helpers/repository.js';
import { cannotRunUml, FILE_SYSTEMS, type FileSystem } from './bench.js';
import { runTestsInUml } from './inside.js';
import { writeKey } from './inside/keys.js';

const skip = cannotRunUml || cannotBuild;

/** Around one block, 64 KiB (where the Merkle tree begins) and one block of hashes. */
const SIZES = [0, 1, 4095, 4096, 4097, 65_535, 65_536, 65_537, 524_287, 524_288, 524_289];

for (const fileSystem of Object.keys(FILE_SYSTEMS) as FileSystem[])
  test(`the boot program on ${fileSystem}`, { skip }, async (t) => {
    // The checkout cannot be written in there.
    buildBoot('rootseal-setup-root');
    const files = ['boot-program/setup-mounts', 'vm/uml/inside/boot-program'];
    await runTestsInUml(t, { fileSystem, files });
  });

test('a disk that was built without fs-verity in the kernel', { skip }, async (t) => {
  buildBoot('rootseal-setup-root');
  const repository = TestRepository.make(t);
  const sizes = Object.fromEntries(SIZES.map((size) => [`sizes/${size}`, 'x'.repeat(size)]));
  const places = ['sysroot/', 'proc/', 'sys/', 'dev/', 'run/', 'tmp/', 'efi/', 'boot/'];
  const tree = bootableTree(repository, {
    ...sizes,
    ...Object.fromEntries(places.map((name) => [name, ''])),
  });
  commitTree(repository, tree);
  repository.expect(['seal', 'main', '--key', writeKey(repository.scratch)]);
  const disk = buildDisk(repository, 'main');
  fs.rmSync(tree, { recursive: true });
  await runTestsInUml(t, {
    fileSystem: 'ext4',
    files: ['vm/uml/inside/built-disk'],
    disk: disk.file,
    environment: {
      ROOTSEAL_TEST_PARTITION: '/dev/ubdc2',
      ROOTSEAL_TEST_SIZES: SIZES.join(' '),
    },
  });
});
