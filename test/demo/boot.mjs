/** Starts the sealed system in a virtual machine, and a copy of its disk with one changed byte, which is refused. */
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DiskEdit } from '../../dist/test/vm/qemu/disk-edit.js';
import { FIRMWARE_CODE, FIRMWARE_VARIABLES } from '../../dist/test/vm/qemu/emulator.js';
import { Machine } from '../../dist/test/vm/qemu/machine.js';
import { AGENT_KEY } from './agent.mjs';
import { ConsoleView } from './console-view.mjs';
import { Unexpected } from './shell.mjs';

/** Lines of the console that are shown. */
const SHOWN =
  /rootseal: |Welcome to|Reached target .*(?:Initrd Root|Switch Root|Multi-User)|login:/;

/** @throws {Unexpected} when the system does not start, or the changed copy does */
export async function bootDisk(shell, branch) {
  const kargs = ['--karg-append', 'console=ttyS0', '--karg-append', 'systemd.show_status=1'];
  await shell.run(['rootseal', 'disk', 'build', branch, '--output', 'disk.img', ...kargs], {
    title: 'building a disk',
  });
  const digest = await imageOf(shell, branch);
  await start(shell, 'disk.img', 'booting the sealed system', [
    `rootseal: verified ${digest} by ${AGENT_KEY}, release.example.org`,
    'login:',
  ]);

  say('(a copy of the disk in which one byte of the image is another one)\n');
  const copies = join(shell.folder, 'copy');
  mkdirSync(copies);
  const hex = digest.replace(/^.*:/, '');
  DiskEdit.copy(join(shell.folder, 'disk.img'), copies).flip(
    `/composefs/objects/${hex.slice(0, 2)}/${hex.slice(2)}`,
    100_000,
  );
  await start(shell, 'copy/disk.img', 'booting the changed copy', ['rootseal: refused image: ']);
  say('The machine says why, and starts nothing.');
}

async function imageOf(shell, branch) {
  const { stdout } = await shell.run(['rootseal', 'show', branch, '--json']);
  return JSON.parse(stdout).image;
}

/** Starts a disk and shows what the console says until all of `wanted` was said. */
async function start(shell, disk, title, wanted) {
  const variables = join(shell.folder, 'variables.fd');
  copyFileSync(FIRMWARE_VARIABLES, variables);
  say(`(starting ${disk} in QEMU; the console:)`);
  const began = performance.now();
  const machine = new Machine({
    disk: join(shell.folder, disk),
    firmware: { code: FIRMWARE_CODE, variables },
    memoryMib: 1024,
  });
  const view = new ConsoleView(machine.console, SHOWN);
  try {
    for (const text of wanted) {
      const line = await machine.console.find(new RegExp(escape(text)));
      if (line === undefined)
        throw new Unexpected(`the machine did not say "${text}":\n${machine.console.transcript()}`);
    }
    await view.last();
  } finally {
    view.end();
    machine.stop();
  }
  shell.times.push({ title, seconds: (performance.now() - began) / 1000 });
  say('');
}

function escape(text) {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function say(text) {
  console.log(text);
}
