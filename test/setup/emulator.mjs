/**
 * QEMU and its firmware, for test/vm: those of this machine, else those of Debian 13, unpacked in a cache of their own. Newer
 * ones take two thirds of the time: QEMU emulates the processor's SHA instructions since 8.2, with which the kernel checks
 * fs-verity, and OVMF of 2025 comes to the boot loader in a third of the time (docs/developing.md, "Times").
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { run } from './steps.mjs';
import { arrangePrograms, cacheFolder, unpackDebian } from './unpack.mjs';

const SUITE = 'trixie';
const PROGRAM = 'qemu-system-x86_64';
/** Major version from which on QEMU is taken as it is. */
const NEW_ENOUGH = 9;
/** Where QEMU looks for parts of itself. Not named in a way that the host's could be taken. */
const PARTS = '-L "$here/share/qemu" -L "$here/share/seabios"';

/**
 * Finds or unpacks them, and prints which ones. Never fails: without newer ones those of the machine are used.
 *
 * @returns {Promise<{program: string, firmware: string} | undefined>} the program, and the folder of OVMF; undefined for
 *   those of this machine
 */
export async function ensureEmulator() {
  const version = await majorVersion(PROGRAM);
  if (process.arch !== 'x64' || (version !== undefined && version >= NEW_ENOUGH)) {
    say(`those of this machine are used (QEMU ${version ?? 'is missing'})`);
    return undefined;
  }
  const folder = cacheFolder(`emulator-${SUITE}`, [
    new URL(import.meta.url),
    new URL('unpack.mjs', import.meta.url),
  ]);
  const program = join(folder, 'bin', PROGRAM);
  if ((await majorVersion(program)) === undefined) {
    const packages = ['qemu-system-x86', 'ovmf'];
    const problem = await unpackDebian({ suite: SUITE, packages, folder, arrange });
    if (problem !== undefined) {
      say(`those of this machine are used, which are slow: ${problem}`);
      return undefined;
    }
  }
  say(`QEMU ${await majorVersion(program)} of Debian ${SUITE}, unpacked in ${folder}`);
  return { program, firmware: join(folder, 'OVMF') };
}

function say(text) {
  console.log(`    ${text}`);
}

/** Undefined when it does not run. */
async function majorVersion(program) {
  const { output } = await run(program, ['--version'], { capture: true });
  const found = /^QEMU emulator version (\d+)\./m.exec(output);
  return found === null ? undefined : Number(found[1]);
}

/** Keeps what is used of `fresh`/root. */
async function arrange(fresh) {
  const root = join(fresh, 'root');
  arrangePrograms(fresh, [{ name: PROGRAM, words: PARTS }]);
  fs.mkdirSync(join(fresh, 'share'));
  for (const name of ['qemu', 'seabios'])
    fs.renameSync(join(root, 'usr/share', name), join(fresh, 'share', name));
  fs.renameSync(join(root, 'usr/share/OVMF'), join(fresh, 'OVMF'));
  fs.rmSync(root, { recursive: true });
  if ((await majorVersion(join(fresh, 'bin', PROGRAM))) === undefined)
    throw new Error('the unpacked QEMU does not run here');
}
