/**
 * A machine whose firmware knows the keys of its owner alone: it takes them from the disk that it is given, starts what was signed
 * with them, and refuses the same with one byte changed.
 */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DiskEdit } from '../../dist/test/vm/qemu/disk-edit.js';
import { Machine } from '../../dist/test/vm/qemu/machine.js';
import { firmwareWith } from '../../dist/test/vm/secure-boot/owner.js';
import { ConsoleView } from './console-view.mjs';
import { Unexpected } from './shell.mjs';

/** Lines of the console that are shown. */
const SHOWN =
  /rootseal: |Enroll|enroll|Access [Dd]enied|Welcome to|Reached target .*Multi-User|^ *(?:Running|Trust|Keys|Floor|Image) /;

const ADDED = {
  'usr/lib/rootseal/kargs.d/20-console.toml':
    'kargs = ["console=ttyS0", "systemd.show_status=1", "systemd.import_credentials=no"]\n',
  'usr/lib/systemd/system/show-status.service': `[Unit]
DefaultDependencies=no
After=rootseal-boot-complete.service
[Service]
Type=oneshot
ExecStart=/usr/bin/rootseal status
StandardOutput=tty
TTYPath=/dev/ttyS0
`,
};

/**
 * @param {(tree: string, version: string) => Promise<string>} commit commits a tree and seals it; gives its id
 * @throws {Unexpected} when it does not come up sealed, or when the changed copy starts
 */
export async function bootSealed(shell, branch, { tree, commit }) {
  addToTree(join(shell.folder, tree));
  say(
    `(adding to ${tree}: words for the kernel, which are signed; a unit that shows the status)\n`,
  );
  const id = await commit(tree, '13.2');
  await shell.run(['rootseal', 'secure-boot', 'generate-keys', 'firmware', '--name', 'demo']);
  const signer = ['--cert', 'firmware/db.crt', '--key', 'firmware/db.key'];
  await shell.run(['rootseal', 'uki', 'build', branch, ...signer], {
    title: 'signing for firmware',
  });
  await shell.run(['rootseal', 'uki', 'verify', branch, '--cert', 'firmware/db.crt']);
  await shell.run(['rootseal', 'secure-boot', 'enroll-files', 'firmware']);
  const disk = ['rootseal', 'disk', 'build', branch, '--uki', '--output', 'sealed.img'];
  await shell.run([...disk, '--secure-boot-keys', 'firmware'], { title: 'building a sealed disk' });

  // It has no keys yet; what it is given stays in its variables.
  const place = join(shell.folder, 'sealed-machine');
  mkdirSync(place);
  const firmware = firmwareWith(place, []);
  say(
    '(a machine without keys: it takes those of the disk, starts again, and then Secure Boot is on)',
  );
  await start(shell, 'sealed.img', {
    ...{ firmware, title: 'booting the sealed machine' },
    wanted: [/^ *Trust +sealed/],
  });

  say('(a copy of the disk in which one byte of the signed image is another one)\n');
  const copy = join(shell.folder, 'sealed-copy');
  mkdirSync(copy);
  changeByte(DiskEdit.copy(join(shell.folder, 'sealed.img'), copy), shell, id);
  await start(shell, 'sealed-copy/disk.img', {
    ...{ firmware, title: 'booting the changed image' },
    wanted: [/Access [Dd]enied/],
    unwanted: /Linux version|rootseal: /,
  });
  say('The firmware starts nothing of it.');
}

function addToTree(root) {
  for (const [path, content] of Object.entries(ADDED)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  const wants = join(root, 'usr/lib/systemd/system/multi-user.target.wants');
  mkdirSync(wants, { recursive: true });
  symlinkSync('../show-status.service', join(wants, 'show-status.service'));
}

function changeByte(edit, shell, id) {
  const [entry] = edit.listEsp('/loader/entries');
  const [, path] = /^efi +(\S+)$/m.exec(edit.readEsp(`/loader/entries/${entry}`));
  const bytes = readFileSync(join(shell.folder, 'repo/ukis', id));
  const at = Math.floor(bytes.length / 2);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 0xff, at);
  edit.writeToEsp(path, bytes);
}

/** Starts a disk and shows what the console says until all of `wanted` was said. */
async function start(shell, disk, { firmware, title, wanted, unwanted }) {
  say(`(starting ${disk} in QEMU; the console:)`);
  const began = performance.now();
  const machine = new Machine({
    ...{ disk: join(shell.folder, disk), firmware },
    ...{ memoryMib: 1024, reboots: true },
  });
  const view = new ConsoleView(machine.console, SHOWN);
  try {
    for (const text of wanted) {
      const line = await machine.console.find(text);
      if (line === undefined)
        throw new Unexpected(`the machine did not say ${text}:\n${machine.console.transcript()}`);
    }
    if (unwanted !== undefined && machine.console.all(unwanted).length > 0)
      throw new Unexpected(`the machine started it:\n${machine.console.transcript()}`);
    await view.last();
  } finally {
    view.end();
    machine.stop();
  }
  shell.times.push({ title, seconds: (performance.now() - began) / 1000 });
  say('');
}

function say(text) {
  console.log(text);
}
