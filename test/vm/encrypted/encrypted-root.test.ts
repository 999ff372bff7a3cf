/**
 * A root file system in LUKS2, whose key a TPM keeps (docs/encryption.md): it gives it out in the initramfs of an image that was signed for
 * it, on a machine that was not changed, and nowhere else.
 */
import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { reasonForNoMounts } from '../../helpers/mounts.js';
import { inScope, scratchDirectory } from '../../helpers/scratch.js';
import { DiskEdit } from '../qemu/disk-edit.js';
import { FIRMWARE_CODE, FIRMWARE_VARIABLES } from '../qemu/emulator.js';
import { Machine } from '../qemu/machine.js';
import { lacksFirmware } from '../qemu/programs.js';
import { unlockable } from '../qemu/sealed.js';
import { startTpm } from '../qemu/tpm.js';
import { findProgram } from '../../../src/disk/tools.js';
import { encodePcrPublicKey } from '../../../src/formats/uki/pcr-signature.js';
import { encryptedDisk } from './encrypted-disk.js';
import { addonOf, signedUki } from './signed-uki.js';

const lacks =
  // First: the disk is bound in a namespace of its own, in a chroot, too.
  reasonForNoMounts() ||
  lacksFirmware() ||
  (findProgram('swtpm') === undefined && 'needs swtpm (Debian package swtpm)') ||
  (findProgram('cryptsetup') === undefined && 'needs cryptsetup (Debian package cryptsetup-bin)');

const PASSPHRASE = 'correct-horse-battery-staple';
const PROMPT = /Please enter passphrase for disk root/;
const PCR12 = '0'.repeat(64);

/** What is asked when the system runs. It goes there on the command line, so it is short. */
const CHECK = `
say() { echo "check: $*"; }
say pcr12 $(cat /sys/class/tpm/tpm0/pcr-sha256/12)
say sysroot $(findmnt -no SOURCE /sysroot)
ls /run/systemd/tpm2-pcr-signature.json
systemd-cryptsetup attach again /dev/nvme0n1p2 - tpm2-device=auto,headless=1
say again $?
say end`;

/** A unit for one boot, given to systemd on the command line (systemd.system-credentials(7)). */
function unitOnCommandLine(script: string): string[] {
  const unit = [
    '[Unit]',
    'DefaultDependencies=no',
    'After=multi-user.target',
    '[Service]',
    'Type=oneshot',
    'StandardOutput=tty',
    'StandardError=tty',
    'TTYPath=/dev/console',
    `ExecStart=/bin/sh -c 'echo ${Buffer.from(script).toString('base64')} | base64 -d | sh'`,
    '',
  ].join('\n');
  const encoded = Buffer.from(unit).toString('base64');
  return [
    `systemd.set_credential_binary=systemd.extra-unit.check.service:${encoded}`,
    'systemd.wants=check.service',
  ];
}

test('an encrypted root file system', { skip: lacks }, async (t) => {
  const image = unlockable();
  const scratch = scratchDirectory(t, '/var/tmp');
  const newKey = (): KeyObject => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const [key, strange] = [newKey(), newKey()];
  const state = join(scratch, 'tpm');
  const disk = await inScope(async (scope) =>
    encryptedDisk(image, scratch, {
      tpm: await startTpm(scope, state, 'program'),
      passphrase: PASSPHRASE,
      publicKey: encodePcrPublicKey(key),
      pcrs: `12:sha256=${PCR12}`,
    }),
  );

  const start = async (st: TestContext, uki: Buffer, addon?: Buffer): Promise<Machine> => {
    const edit = DiskEdit.copy(disk, scratchDirectory(st, '/var/tmp'));
    for (const name of edit.listEsp('/loader/entries'))
      edit.removeFromEsp(`/loader/entries/${name}`);
    edit.writeToEsp('/uki.efi', uki);
    edit.writeToEsp('/loader/entries/uki.conf', 'title uki\nefi /uki.efi\n');
    if (addon !== undefined) {
      edit.makeDirectoryOnEsp('/loader/addons');
      edit.writeToEsp('/loader/addons/more.addon.efi', addon);
    }
    const variables = join(scratch, 'variables.fd');
    fs.copyFileSync(FIRMWARE_VARIABLES, variables);
    return Machine.start(st, {
      disk: edit.file,
      firmware: { code: FIRMWARE_CODE, variables },
      tpm: await startTpm(st, state, 'machine'),
      memoryMib: 1024,
    });
  };
  const isVerified = new RegExp(`rootseal: verified ${image.image} `);

  await t.test(
    'is opened by an image that was signed for it, once, and not when the initramfs was left',
    async (st) => {
      const machine = await start(st, signedUki(image, key, unitOnCommandLine(CHECK)));
      await machine.expect(/check: end/);
      machine.stop();
      const said = (what: string): string | undefined =>
        machine.console.all(new RegExp(`check: ${what} `))[0]?.replace(/^.*check: [^ ]+ /, '');
      assert.equal(said('pcr12')?.toLowerCase(), PCR12);
      assert.equal(said('sysroot'), '/dev/mapper/root');
      assert.notEqual(machine.console.all(/tpm2-pcr-signature\.json$/).length, 0);
      assert.match(said('again') ?? '', /^[1-9]/);
      assert.notEqual(machine.console.all(/Failed to unseal secret using TPM2/).length, 0);
    },
  );

  await t.test(
    'is not opened by an image with the signature of another key, but by its passphrase',
    async (st) => {
      const machine = await start(st, signedUki(image, strange, []));
      await machine.expect(PROMPT);
      machine.type(`${PASSPHRASE}\n`);
      await machine.expect(isVerified);
      machine.stop();
    },
  );

  await t.test('is not opened when something added words to the command line', async (st) => {
    const machine = await start(st, signedUki(image, key, []), addonOf(image, 'more'));
    await machine.expect(PROMPT);
    machine.stop();
  });
});
