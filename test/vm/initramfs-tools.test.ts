/** An initramfs of Debian's initramfs-tools: it starts the sealed image, and nothing there leads round the check. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import {
  cannotMake,
  makeInitramfs,
  type InitramfsToolsResult,
} from '../helpers/initramfs-tools.js';
import { scratchDirectory } from '../helpers/scratch.js';
import { DiskEdit } from './qemu/disk-edit.js';
import { CONSOLE, Machine } from './qemu/machine.js';
import { lacksForMachines } from './qemu/programs.js';
import { tiny } from './qemu/sealed.js';

const skip = lacksForMachines() || cannotMake;

let made: InitramfsToolsResult | undefined;

/** An initramfs that believes what the tiny image's own does. Its kernel has the drivers for the disk built in. */
function initramfs(): InitramfsToolsResult {
  if (made !== undefined) return made;
  const scratch = fs.mkdtempSync('/var/tmp/rootseal-test-');
  process.on('exit', () => {
    fs.rmSync(scratch, { recursive: true, force: true });
  });
  const trust = join(tiny().tree, 'usr/lib/rootseal');
  const files: Record<string, string> = { 'etc/initramfs-tools/conf.d/small': 'MODULES=list\n' };
  for (const name of ['setup-root.conf', 'keys.d/first.pub'])
    files[`usr/lib/rootseal/${name}`] = fs.readFileSync(join(trust, name), 'utf8');
  made = makeInitramfs({ scratch, files });
  assert.equal(made.status, 0, made.output);
  return made;
}

/** Starts the tiny disk. The last words count where words are repeated. */
function start(t: TestContext, words: string, disk = tiny().disk, console = CONSOLE): Machine {
  const { kernel, initrd } = initramfs();
  const append = `${console} root=/dev/nvme0n1p2 composefs.digest=${tiny().image} ${words}`;
  return Machine.start(t, { disk, kernel: { image: kernel, initrd, append } });
}

function edit(t: TestContext): DiskEdit {
  return DiskEdit.copy(tiny().disk, scratchDirectory(t, '/var/tmp'));
}

const verified = (): RegExp => new RegExp(`rootseal: verified ${tiny().image} by first`);

test(
  'the sealed image starts, and words that name another init, root or library have no effect',
  { skip },
  async (t) => {
    // boot=../proc/cmdline would have the words themselves executed.
    const words = 'init=/bin/sh boot=../proc/cmdline resume=/dev/nvme0n1p1 LD_PRELOAD=/root/x.so';
    const machine = start(t, `${words} tiny.run=write-usr,count`);
    await machine.expect(verified());
    await machine.expect(/tiny: count \/var 1$/);
    await machine.expect(/tiny: ends/);
    const { console } = machine;
    assert.match(console.all(/tiny: mount \/ /)[0] ?? '', /overlay .*verity=require/);
    assert.match(console.all(/tiny: mount \/sysroot /)[0] ?? '', /ext4 ro,.*nosuid,nodev/);
    assert.deepEqual(console.all(/POSSIBLE|x\.so/), []);
  },
);

test('what is refused does not start, and the machine starts again', { skip }, async (t) => {
  const disk = edit(t);
  disk.remove(`/state/deploy/${tiny().hex}/seal`);
  const machine = start(t, '', disk.file);
  await machine.expect(/rootseal: refused seal: /);
  await machine.end();
  assert.deepEqual(machine.console.all(/tiny: |rootseal: verified|initramfs\)/), []);
});

test('without panic= a machine that is refused stays, and has no shell', { skip }, async (t) => {
  const machine = start(t, 'rootseal.verify=no', tiny().disk, 'console=ttyS0');
  await machine.expect(/rootseal: refused command line: /);
  await machine.expect(/rootseal: the boot ends here; there is no shell/);
  machine.stop();
  assert.deepEqual(machine.console.all(/tiny: |\(initramfs\)/), []);
});

test('break= gives no shell', { skip }, async (t) => {
  for (const stage of ['top', 'init']) {
    const machine = start(t, `break=${stage}`, tiny().disk, 'console=ttyS0');
    await machine.expect(/rootseal: the boot ends here; there is no shell/);
    machine.stop();
    assert.deepEqual(machine.console.all(/tiny: |\(initramfs\)/), []);
  }
});

test('an fstab on the disk cannot put something over the boot program', { skip }, async (t) => {
  const disk = edit(t);
  disk.makeDirectory('/etc');
  disk.write('/etc/fstab', 'tmpfs /usr tmpfs size=1m 0 0\n');
  disk.symlink('/usr', '/usr/lib/rootseal');
  const machine = start(t, '', disk.file);
  await machine.expect(verified());
  await machine.expect(/tiny: ends/);
});
