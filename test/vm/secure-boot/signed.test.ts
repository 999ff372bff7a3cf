/**
 * What the owner signed starts, and is called sealed; whatever lies beside it without a signature changes nothing. What is less than
 * that is never called so.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scratchDirectory } from '../../helpers/scratch.js';
import { DiskEdit } from '../qemu/disk-edit.js';
import { Machine } from '../qemu/machine.js';
import { arrange, type EspFiles } from './attempts.js';
import { lacksSecureBoot } from './lacks.js';
import { addonOf, bootLoaderOf, goodUki, unsignedUki } from './made-uki.js';
import { firmwareWith } from './owner.js';
import { sealedUki } from './sealed-uki.js';
import { reportOf } from './tiny-report.js';
import { lastingLoaderVariable, secureBootSwitch } from './variable-store.js';

/** What a boot loader and a stub would hand on. */
const JUNK: EspFiles = {
  'secret.cred': 'secret',
  'more.sysext.raw': Buffer.alloc(4096, 1),
  'more.confext.raw': Buffer.alloc(4096, 1),
};

function inFolder(folder: string, files: EspFiles): EspFiles {
  const entries = Object.entries(files).map(([name, content]) => [folder + name, content]);
  return { [folder]: '', ...(Object.fromEntries(entries) as EspFiles) };
}

test(
  'sealed is what the owner signed, whatever boot entries say and lies beside it',
  { skip: lacksSecureBoot() },
  async (t) => {
    const made = sealedUki();
    const scratch = scratchDirectory(t, '/var/tmp');
    const addon = addonOf(made, { '.cmdline': Buffer.from('init=/bin/sh') });
    const disk = DiskEdit.copy(made.disk, scratch);
    const options = arrange(
      disk,
      [{ name: 'good', entry: ['efi /attempts/good.efi', 'options init=/bin/sh'] }],
      {
        'good.efi': goodUki(made),
        ...inFolder('good.efi.extra.d/', { ...JUNK, 'words.addon.efi': addon }),
        ...inFolder('/loader/addons/', { 'words.addon.efi': addon }),
        ...inFolder('/loader/credentials/', JUNK),
        ...inFolder('/loader/extensions/', JUNK),
      },
      bootLoaderOf(made),
    );
    disk.write('/state/os/tiny/var/tiny-run', 'leave-variable\n');
    const machine = Machine.start(t, {
      disk: disk.file,
      firmware: made.owner.firmware(scratch, options),
    });
    await machine.expect(/tiny: ends: poweroff/);
    const sealed = { assurance: 'sealed', missing: [], commandLine: made.commandLine };
    await t.test('options of a boot entry are not in the command line', () => {
      assert.deepEqual(reportOf(machine), sealed);
    });
    await t.test('addons without a signature are left out by the stub', () => {
      const said = machine.console.all(/words\.addon\.efi.*ignoring: Access denied/);
      assert.equal(said.length, 2);
    });
    await t.test('credentials and extensions beside it and in /loader change nothing', () => {
      assert.equal(machine.console.all(/rootseal: sealed|rootseal: verified/).length, 1);
    });
    await t.test('a running system cannot change what the stub says of itself', () => {
      assert.equal(machine.console.all(/tiny: left StubInfo=systemd-stub 257/).length, 1);
    });
  },
);

test(
  'with Secure Boot switched off the same image starts, and is not called sealed',
  { skip: lacksSecureBoot() },
  async (t) => {
    const made = sealedUki();
    const scratch = scratchDirectory(t, '/var/tmp');
    const disk = DiskEdit.copy(made.disk, scratch);
    const good = { name: 'good', program: unsignedUki(made) };
    const options = arrange(disk, [good], {}, bootLoaderOf(made));
    const machine = Machine.start(t, {
      disk: disk.file,
      firmware: firmwareWith(scratch, [
        ...made.owner.keyVariables(),
        ...secureBootSwitch(false),
        ...options,
      ]),
    });
    await machine.expect(/tiny: ends: poweroff/);
    const { assurance, missing } = reportOf(machine);
    assert.deepEqual([assurance, missing], ['verified', ['secure-boot']]);
  },
);

test(
  'a variable StubInfo that a running system left does not make a boot sealed',
  { skip: lacksSecureBoot() },
  async (t) => {
    const made = sealedUki();
    const scratch = scratchDirectory(t, '/var/tmp');
    const disk = DiskEdit.copy(made.disk, scratch);
    const good = { name: 'good', program: goodUki(made) };
    const options = arrange(disk, [good], {}, bootLoaderOf(made));
    const left = lastingLoaderVariable('StubInfo', Buffer.from('systemd-stub 257\0', 'utf16le'));
    const machine = Machine.start(t, {
      disk: disk.file,
      firmware: made.owner.firmware(scratch, [...options, left]),
    });
    await machine.expect(/tiny: ends: poweroff/);
    const { assurance, missing } = reportOf(machine);
    assert.equal(assurance, 'verified');
    assert.deepEqual(missing, ['unified-kernel-image', 'stub-version']);
  },
);
