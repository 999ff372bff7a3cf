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
import { POLICY, REVOKED, withFiles } from './qemu/initrd.js';
import { CONSOLE } from './qemu/kernel-arguments.js';
import { Machine } from './qemu/machine.js';
import { lacksForMachines } from './qemu/programs.js';
import { tiny } from './qemu/sealed.js';

const skip = lacksForMachines() || cannotMake;

const LOOK = 'etc/initramfs-tools/scripts/init-top/look';

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
  // Says with which variables process 1 was started: the kernel's were those of the words.
  files[LOOK] = `#!/bin/sh
if [ "$1" = prereqs ]; then exit 0; fi
echo "look: $(cat /proc/1/environ) blacklist=$blacklist" >/dev/console
`;
  made = makeInitramfs({ scratch, files, before: `chmod 755 ${LOOK}` });
  assert.equal(made.status, 0, made.output);
  return made;
}

/** Starts the tiny disk. The last words count where words are repeated. */
function start(
  t: TestContext,
  words: string,
  disk = tiny().disk,
  console = CONSOLE,
  initrd = initramfs().initrd,
): Machine {
  const { kernel } = initramfs();
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
    // But for the line in which the image repeats the words.
    assert.deepEqual(console.all(/^(?!tiny: command line ).*(?:POSSIBLE|x\.so)/), []);
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

/**
 * Variables that /init, its functions and scripts, the shell and the C library use. The kernel takes 32 with its own two, and panics when
 * there are more.
 */
const NAMES = [
  ...[
    'PS4',
    'PS1',
    'ENV',
    'IFS',
    'PATH',
    'HOME',
    'TERM',
    'OPTIND',
    'CDPATH',
    'LD_PRELOAD',
    'LD_AUDIT',
  ],
  ...['GCONV_PATH', 'LOCPATH', 'MODPROBE_OPTIONS', 'DPKG_ARCH', 'ROOT', 'ROOTFLAGS', 'ROOTFSTYPE'],
  ...['ROOTDELAY', 'NFSROOT', 'RUNSIZE', 'IP', 'DEVICE', 'BOOT', 'UBIMTD', 'RESUME', 'rootmnt'],
  ...['readonly', 'drop_caps', 'starttime', 'x', 'conf', 'initdir', 'stage', 'delay', 'REASON'],
  ...['FSTYPE', 'FS', 'DEV', 'opts', 'modalias', 'm', 'com', 'found', 'file', 'value', 'inittest'],
  ...['local_top_used', 'local_premount_used', 'MNT_FSNAME', 'MNT_DIR', 'roflag', 'fsckfix', 'b'],
];
const FIRST = 29;
const STARTED = /look: PATH=\/sbin:\/usr\/sbin:\/bin:\/usr\/binHOME=\/TERM=linux blacklist=$/;

test(
  'no word of the command line is a variable of a shell before the check: none empties the policy',
  { skip },
  async (t) => {
    const scratch = scratchDirectory(t, '/var/tmp');
    const policy = { [POLICY]: '[verify]\nmode=seal\nthreshold=2\n' };
    const initrd = withFiles(initramfs().initrd, policy, scratch);
    const names = NAMES.slice(0, FIRST).map((name) => `${name}=/${POLICY}`);
    const words = ['quiet', `log_output=/${POLICY}`, ...names].join(' ');
    const machine = start(t, words, tiny().disk, CONSOLE, initrd);
    await machine.expect(STARTED);
    await machine.expect(/rootseal: refused seal: 1 of 2 needed signatures/);
    await machine.end();
    assert.deepEqual(machine.console.all(/tiny: |rootseal: verified/), []);
  },
);

test(
  'no word of the command line is run as a program, and none empties the revocations',
  { skip },
  async (t) => {
    const scratch = scratchDirectory(t, '/var/tmp');
    const initrd = withFiles(initramfs().initrd, { [REVOKED]: `${tiny().image}\n` }, scratch);
    const names = NAMES.slice(FIRST).map((name) => `${name}=/${REVOKED}`);
    const space = String.raw`\0040`;
    const install = ['install', 'overlay', 'echo', 'PWN-blacklist', '>/dev/console'].join(space);
    const words = [
      ...['debug', '"PS4=$(echo PWN-1-pid >/dev/console)"', `log_output=/${REVOKED}`],
      ...[String.raw`blacklist=x\n${install}\n`, 'drop_capabilities=/[rs]*', ...names],
    ];
    const machine = start(t, words.join(' '), tiny().disk, CONSOLE, initrd);
    await machine.expect(STARTED);
    await machine.expect(/rootseal: refused seal: \S+ was revoked/);
    await machine.end();
    assert.deepEqual(machine.console.all(/^(echo )?PWN-|tiny: |rootseal: verified/), []);
  },
);

test('an fstab on the disk cannot put something over the boot program', { skip }, async (t) => {
  const disk = edit(t);
  disk.makeDirectory('/etc');
  disk.write('/etc/fstab', 'tmpfs /usr tmpfs size=1m 0 0\n');
  disk.symlink('/usr', '/usr/lib/rootseal');
  const machine = start(t, '', disk.file);
  await machine.expect(verified());
  await machine.expect(/tiny: ends/);
});
