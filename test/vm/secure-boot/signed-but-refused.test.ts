/**
 * What the firmware lets through and the boot program does not: words and files that were added to a signed image, by addons with a
 * good signature and by the machine itself, and a signed image that is too old.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeCpio, type CpioEntry } from '../../../src/formats/cpio.js';
import { fromText } from '../../../src/util/bytes.js';
import { scratchDirectory } from '../../helpers/scratch.js';
import { DiskEdit } from '../qemu/disk-edit.js';
import { Machine } from '../qemu/machine.js';
import { SEQUENCE } from '../qemu/sealed.js';
import { arrange, type EspFiles } from './attempts.js';
import { lacksSecureBoot } from './lacks.js';
import { addonOf, bootLoaderOf, goodUki, signed } from './made-uki.js';
import { sealedUki, type SealedUki } from './sealed-uki.js';

/** An archive with a file, and the directories that it is in. */
function archive(path: string, content: string): Buffer {
  const names = path.split('/').slice(0, -1);
  const folders = names.map((_, index): CpioEntry => {
    const folder = fromText(names.slice(0, index + 1).join('/'));
    return { kind: 'directory', path: folder, mode: 0o755 };
  });
  const file = { kind: 'file', path: fromText(path), mode: 0o644, content: Buffer.from(content) };
  return encodeCpio([...folders, file as CpioEntry]);
}

const POLICY = 'usr/lib/rootseal/setup-root.conf';

/** Addons by the name of the copy of the image that they are for. */
const ADDONS: Readonly<Record<string, Readonly<Record<string, Uint8Array>>>> = {
  words: { '.cmdline': Buffer.from('init=/bin/sh') },
  key: { '.initrd': archive('etc/rootseal/keys.d/foreign.pub', 'foreign') },
  policy: { '.initrd': archive(POLICY, '[verify]\nmode=none\n') },
};

/** Copies of the image, each with its addon. */
function copiesOf(made: SealedUki, good: Buffer): EspFiles {
  const files: Record<string, string | Uint8Array> = {};
  for (const [name, sections] of Object.entries(ADDONS)) {
    files[`${name}.efi`] = good;
    files[`${name}.efi.extra.d/`] = '';
    const addon = signed(addonOf(made, sections), made.owner, 'db');
    files[`${name}.efi.extra.d/it.addon.efi`] = addon;
  }
  return files;
}

test(
  'a signed image is refused with what was added to it, and when it is too old',
  { skip: lacksSecureBoot() },
  async (t) => {
    const made = sealedUki();
    const scratch = scratchDirectory(t, '/var/tmp');
    const good = goodUki(made);
    const disk = DiskEdit.copy(made.disk, scratch);
    disk.write('/state/sequence-floor', `${SEQUENCE + 1}\n`);
    // A start that is refused counts as a try, so each of them is made once.
    const attempts = [
      ...Object.keys(ADDONS).map((name) => ({ name, entry: [`efi /attempts/${name}.efi`] })),
      { name: 'old', entry: ['efi /attempts/good.efi'] },
      { name: 'profile', entry: ['efi /attempts/good.efi', 'options @1'] },
    ];
    const files = { ...copiesOf(made, good), 'good.efi': good };
    const options = arrange(disk, attempts, files, bootLoaderOf(made));
    const machine = Machine.start(t, {
      disk: disk.file,
      firmware: made.owner.firmware(scratch, options),
      reboots: true,
    });
    await t.test('words of an addon that the owner signed', async () => {
      await machine.expect(/rootseal: refused command line: init=\/bin\/sh was not signed/);
    });
    await t.test('a key that an addon brings into the initramfs', async () => {
      await machine.expect(
        /rootseal: refused trust manifest: the initramfs has \/etc\/rootseal.*, which is not in the manifest/,
      );
    });
    await t.test(
      'another policy that an addon puts in the place of that of the image',
      async () => {
        await machine.expect(
          /rootseal: refused trust manifest: \/usr\/lib\/rootseal\/setup-root\.conf is not as in the manifest/,
        );
      },
    );
    await t.test('the image of a release below the floor of the host', async () => {
      await machine.expect(/rootseal: refused seal: sequence \d+ is below/);
    });
    await t.test('a profile that the image does not have', async () => {
      await machine.expect(/Unable to locate embedded per-profile PE sections/);
    });
    machine.stop();
    assert.deepEqual(machine.console.all(/tiny: |rootseal: verified|rootseal: sealed/), []);
  },
);

/** Starts the image with words that the machine's maker adds; they need no signature. */
function refusesWords(words: string, line: RegExp): void {
  test(
    `a signed image is refused when the maker of the machine adds: ${words}`,
    { skip: lacksSecureBoot() },
    async (t) => {
      const made = sealedUki();
      const scratch = scratchDirectory(t, '/var/tmp');
      const disk = DiskEdit.copy(made.disk, scratch);
      const good = { name: 'good', program: goodUki(made) };
      const options = arrange(disk, [good], {}, bootLoaderOf(made));
      const machine = Machine.start(t, {
        disk: disk.file,
        firmware: made.owner.firmware(scratch, options),
        makerStrings: [`io.systemd.stub.kernel-cmdline-extra=${words}`],
      });
      await machine.expect(line);
      await machine.end();
      assert.deepEqual(machine.console.all(/tiny: /), []);
    },
  );
}

refusesWords(
  `composefs.digest=v1-sha256-12:${'0'.repeat(64)}`,
  /rootseal: refused command line: composefs\.digest= is given twice/,
);
refusesWords(
  'console=ttyS0,115200n8 systemd.unit=rescue.target',
  /rootseal: refused command line: systemd\.unit=rescue\.target was not signed/,
);
