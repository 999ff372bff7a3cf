/** The tiny image on btrfs, where fs-verity was enabled by rootseal itself, in a kernel that can. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { scratchDirectory } from '../helpers/scratch.js';
import { CONSOLE, Machine } from './qemu/machine.js';
import { lacksForMachines } from './qemu/programs.js';
import { tiny } from './qemu/sealed.js';
import { cannotRunUml, makeDisk, runInUml } from './uml/bench.js';

const SECONDS = 60;

/** Lines for sh: puts a physical root on the btrfs of /dev/ubda. */
function install(): string {
  const { repository, tree, commit, hex } = tiny();
  return `set -e
mkdir /mnt/disk
mount -t btrfs /dev/ubda /mnt/disk
cp -a ${repository} /mnt/disk/composefs
chmod 0700 /mnt/disk/composefs
find /mnt/disk/composefs/objects -type f -exec node bin/rootseal.js --quiet verity enable {} +
state=/mnt/disk/state/deploy/${hex}
mkdir -p $state /mnt/disk/state/os/tiny
cp -a ${join(tree, 'etc')} $state/etc
cp -a ${join(tree, 'var')} /mnt/disk/state/os/tiny/var
ln -s ../../os/tiny/var $state/var
cp ${join(repository, 'seals', commit)} $state/seal
umount /mnt/disk
`;
}

test(
  'the tiny image starts from btrfs',
  { skip: lacksForMachines() || cannotRunUml },
  async (t) => {
    const { kernel, initrd, image } = tiny();
    const disk = makeDisk(join(scratchDirectory(t, '/var/tmp'), 'disk.img'), 'btrfs');
    const { status, console } = await runInUml(t, { command: install(), disks: [disk] });
    assert.equal(status, 0, console);
    const machine = Machine.start(t, {
      disk,
      kernel: {
        image: kernel,
        initrd,
        append: `${CONSOLE} root=/dev/nvme0n1 composefs.digest=${image} tiny.run=read-all,count`,
      },
      seconds: SECONDS,
    });
    await machine.expect(new RegExp(`rootseal: verified ${image} by first\\.example\\.org`));
    await machine.expect(/tiny: count \/var 1$/);
    assert.match(machine.console.all(/tiny: mount \/ /)[0] ?? '', /overlay .*verity=require/);
    assert.match(machine.console.all(/tiny: mount \/var /)[0] ?? '', /btrfs/);
    assert.match(machine.console.all(/tiny: read-all/)[0] ?? '', / 0 errors, 0 wrong/);
  },
);
