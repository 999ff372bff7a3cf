/** From firmware through systemd-boot and a boot entry, as a real machine starts; and back to what is good by itself. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { scratchDirectory } from '../helpers/scratch.js';
import { DiskEdit } from './qemu/disk-edit.js';
import { FIRMWARE_CODE, FIRMWARE_VARIABLES } from './qemu/emulator.js';
import { Machine } from './qemu/machine.js';
import { lacksFirmware } from './qemu/programs.js';
import { tiny } from './qemu/sealed.js';

const ENTRIES = '/loader/entries';

/** OVMF, with variables of its own that are forgotten. */
function firmware(scratch: string): { readonly code: string; readonly variables: string } {
  const variables = join(scratch, 'variables.fd');
  fs.copyFileSync(FIRMWARE_VARIABLES, variables);
  return { code: FIRMWARE_CODE, variables };
}

function edit(t: TestContext): { readonly scratch: string; readonly disk: DiskEdit } {
  const scratch = scratchDirectory(t, '/var/tmp');
  return { scratch, disk: DiskEdit.copy(tiny().disk, scratch) };
}

test(
  'firmware, boot loader and boot entry lead to the sealed image',
  { skip: lacksFirmware() },
  async (t) => {
    const { scratch, disk } = edit(t);
    const machine = Machine.start(t, {
      disk: disk.file,
      firmware: firmware(scratch),
    });
    await machine.expect(new RegExp(`rootseal: verified ${tiny().image} by first\\.example\\.org`));
    await machine.expect(/tiny: loader systemd-boot/);
    await machine.expect(/tiny: ends: poweroff/);
  },
);

test(
  'a deployment whose image is refused is tried as often as its entry says, and then the good one starts by itself',
  { skip: lacksFirmware() },
  async (t) => {
    const { scratch, disk } = edit(t);
    const [good = ''] = disk.listEsp(ENTRIES);
    const refused = `v1-sha256-12:${'1'.repeat(64)}`;
    // The same entry for a newer version, two tries left, and an image that is not there.
    const entry = disk
      .readEsp(`${ENTRIES}/${good}`)
      .replace(tiny().image, refused)
      .replace(/^version.*$/m, 'version 2');
    disk.writeToEsp(`${ENTRIES}/rootseal-tiny-2+2.conf`, entry);
    const machine = Machine.start(t, {
      disk: disk.file,
      keep: true,
      firmware: firmware(scratch),
      reboots: true,
    });
    await machine.expect(new RegExp(`rootseal: verified ${tiny().image} by first\\.example\\.org`));
    await machine.expect(/tiny: ends: poweroff/);
    await machine.end();
    assert.equal(machine.console.all(/rootseal: refused image: /).length, 2);
    assert.deepEqual(disk.listEsp(ENTRIES).sort(), [good, 'rootseal-tiny-2+0-2.conf'].sort());
  },
);

test(
  'a variable of the boot stub that an earlier boot left does not make a machine sealed',
  { skip: lacksFirmware() },
  async (t) => {
    const { scratch, disk } = edit(t);
    const variables = firmware(scratch);
    const [name = ''] = disk.listEsp(ENTRIES);
    const entry = disk.readEsp(`${ENTRIES}/${name}`);
    const startWith = async (words: string): Promise<Machine> => {
      disk.writeToEsp(`${ENTRIES}/${name}`, entry.replace(/^options .*$/m, `$& ${words}`));
      const machine = Machine.start(t, { disk: disk.file, firmware: variables });
      await machine.expect(/tiny: ends: poweroff/);
      await machine.end();
      return machine;
    };
    const first = await startWith('tiny.run=leave-variable');
    assert.deepEqual(first.console.all(/tiny: left StubInfo=s$/).length, 1);
    const second = await startWith('');
    assert.match(second.console.all(/tiny: boot\.json /)[0] ?? '', /"unifiedKernelImage":false/);
  },
);
