/** The tiny image with its root on btrfs, where rootseal enabled fs-verity in a kernel that has it. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { BtrfsDisk } from './qemu/btrfs-disk.js';
import { CONSOLE } from './qemu/kernel-arguments.js';
import { Machine, type MachineOptions } from './qemu/machine.js';
import { lacksForMachines } from './qemu/programs.js';
import { objectOf, objectPath, otherImage } from './qemu/objects.js';
import { tiny } from './qemu/sealed.js';
import { cannotRunUml } from './uml/bench.js';

const DAMAGED = '/usr/share/tiny/large';
const skip = lacksForMachines() || cannotRunUml;

/** The machine finds its root by the type of the partition. */
function options(disk: BtrfsDisk, run: string): MachineOptions {
  const { kernel, initrd, image } = tiny();
  const append = `${CONSOLE} composefs.digest=${image} tiny.run=${run}`;
  return {
    disk: disk.file,
    kernel: { image: kernel, initrd, append },
  };
}

test('a sealed image starts from btrfs, twice, and keeps /etc and /var', { skip }, async (t) => {
  const { image } = tiny();
  const disk = await BtrfsDisk.make(t, tiny());
  for (const number of [1, 2]) {
    const run = number === 1 ? 'read-all,write-usr,count' : 'count';
    const machine = Machine.start(t, { ...options(disk, run), keep: true });
    await machine.expect(new RegExp(`rootseal: verified ${image} by first\\.example\\.org$`));
    await machine.expect(new RegExp(`tiny: count /etc ${number}$`));
    await machine.expect(new RegExp(`tiny: count /var ${number}$`));
    await machine.end();
    const { console } = machine;
    assert.match(console.all(/tiny: mount \/ /)[0] ?? '', /overlay .*\bro\b.*verity=require/);
    for (const place of ['etc', 'var'])
      assert.match(console.all(new RegExp(`mount /${place} `))[0] ?? '', /btrfs .*nodev/);
    assert.match(console.all(/tiny: mount \/sysroot /)[0] ?? '', /btrfs ro,.*nosuid,nodev/);
    assert.match(console.all(/tiny: boot\.json/)[0] ?? '', /"assurance": ?"verified"/);
    if (number === 2) continue;
    assert.match(console.all(/tiny: read-all/)[0] ?? '', / \d{2,} files, 0 errors, 0 wrong/);
    assert.equal(console.all(/tiny: write \/usr.* refused/).length, 3);
  }
});

/** Starts from a changed disk, and expects that the machine says why not and starts nothing. */
function refuses(name: string, line: RegExp, make: (t: TestContext) => Promise<BtrfsDisk>): void {
  test(`refused on btrfs: ${name}`, { skip }, async (t) => {
    const machine = Machine.start(t, options(await make(t), 'poweroff'));
    const said = await machine.expect(/rootseal: refused/);
    assert.match(said.text, line);
    await machine.end();
    assert.deepEqual(machine.console.all(/tiny: |rootseal: verified/), []);
  });
}

/** The image in the repository that the disk was built from. */
function imageFile(): string {
  const { repository, hex } = tiny();
  return join(repository, 'images', hex);
}

refuses('an image without fs-verity', /refused image: .*fs-verity is not enabled/, (t) =>
  BtrfsDisk.make(t, tiny(), { path: objectPath(tiny().hex), by: imageFile(), verity: false }),
);
refuses(
  'another valid image with fs-verity in its place',
  /refused image: its fs-verity digest is/,
  (t) =>
    BtrfsDisk.make(t, tiny(), { path: objectPath(tiny().hex), by: otherImage(), verity: true }),
);
refuses(
  'a byte of the image that changed on the disk',
  /refused image: it is damaged/,
  async (t) => {
    const disk = await BtrfsDisk.make(t, tiny());
    disk.flip(fs.readFileSync(imageFile()).subarray(16_384, 20_480));
    return disk;
  },
);

test('on btrfs an object without fs-verity cannot be read', { skip }, async (t) => {
  const path = objectPath(objectOf(tiny(), DAMAGED));
  const by = join(tiny().tree, DAMAGED);
  const disk = await BtrfsDisk.make(t, tiny(), { path, by, verity: false });
  const machine = Machine.start(t, options(disk, 'read-all,kernel-log'));
  await machine.expect(new RegExp(`tiny: read-error ${DAMAGED}: `));
  await machine.expect(/tiny: read-all .* 1 errors, 0 wrong/);
  await machine.expect(/tiny: kernel: .*no fs-verity digest/);
});

test('on btrfs a changed byte of an object is never read', { skip }, async (t) => {
  const disk = await BtrfsDisk.make(t, tiny());
  disk.flip(fs.readFileSync(join(tiny().tree, DAMAGED)).subarray(307_200, 311_296));
  const machine = Machine.start(t, options(disk, 'read-all,kernel-log'));
  await machine.expect(new RegExp(`tiny: read-error ${DAMAGED}: `));
  await machine.expect(/tiny: read-all .* 1 errors, 0 wrong/);
  await machine.expect(/tiny: kernel: .*fs-verity.*: FILE CORRUPTED/);
});
