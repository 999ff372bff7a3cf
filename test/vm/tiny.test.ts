/** The tiny image on ext4: starts what was sealed, and keeps what may change. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scratchDirectory } from '../helpers/scratch.js';
import { DiskEdit } from './qemu/disk-edit.js';
import { CONSOLE } from './qemu/kernel-arguments.js';
import { Machine } from './qemu/machine.js';
import { lacksForMachines } from './qemu/programs.js';
import { tiny, SEQUENCE } from './qemu/sealed.js';

test(
  'a sealed image starts, all of it can be read, and it says what vouched for it',
  { skip: lacksForMachines() },
  async (t) => {
    const { disk, kernel, initrd, image, hex } = tiny();
    const machine = Machine.start(t, {
      disk,
      kernel: {
        image: kernel,
        initrd,
        append: `${CONSOLE} composefs.digest=${image} tiny.run=read-all,write-usr,kernel-log`,
      },
    });
    await machine.expect(/tiny: ends/);
    const { console } = machine;
    assert.equal(
      console
        .all(/rootseal: /)
        .join('\n')
        .replace(/^.*(?=rootseal: )/gm, ''),
      `rootseal: verified ${image} by first.example.org`,
    );
    const [root = ''] = console.all(/tiny: mount \/ /);
    assert.match(root, /mount \/ overlay .*\bro\b/);
    assert.match(root, /verity=require/);
    assert.match(root, /metacopy=on/);
    assert.match(console.all(/tiny: mount \/etc /)[0] ?? '', /ext4 .*nodev/);
    assert.match(console.all(/tiny: mount \/var /)[0] ?? '', /ext4 .*nodev/);
    assert.match(console.all(/tiny: mount \/sysroot /)[0] ?? '', /ext4 ro,.*nosuid,nodev/);
    assert.deepEqual(console.all(/POSSIBLE|read-error|wrong-content/), []);
    assert.equal(console.all(/tiny: write \/usr.* refused/).length, 3);
    assert.match(
      console.all(/tiny: read-all/)[0] ?? '',
      /read-all \d{2,} files, 0 errors, 0 wrong/,
    );
    assert.match(
      console.all(/tiny: kernel: .*fs-verity/)[0] ?? '',
      /fs-verity: sha256 using implementation "sha256-(?!generic)/,
      'the instructions of the processor are used from the first check on',
    );
    const [document = ''] = console.all(/tiny: boot\.json/);
    const boot = JSON.parse(document.slice(document.indexOf('{'))) as Record<string, unknown>;
    assert.equal(boot['assurance'], 'verified');
    assert.equal(boot['image'], image);
    assert.equal(boot['id'], hex);
    assert.equal(boot['sequence'], SEQUENCE);
    assert.deepEqual(
      (boot['keys'] as { name: string }[]).map(({ name }) => name),
      ['first.example.org'],
    );
  },
);

test(
  'what is written to /etc and /var is there after the next start',
  { skip: lacksForMachines() },
  async (t) => {
    const { disk, kernel, initrd, image } = tiny();
    const { file } = DiskEdit.copy(disk, scratchDirectory(t, '/var/tmp'));
    for (const number of [1, 2]) {
      const machine = Machine.start(t, {
        disk: file,
        keep: true,
        kernel: {
          image: kernel,
          initrd,
          append: `${CONSOLE} composefs.digest=${image} tiny.run=count`,
        },
      });
      await machine.expect(new RegExp(`tiny: count /etc ${number}$`));
      await machine.expect(new RegExp(`tiny: count /var ${number}$`));
      await machine.end();
    }
  },
);
