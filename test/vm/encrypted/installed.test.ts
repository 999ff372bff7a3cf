/**
 * A machine that `install to-disk --encrypt tpm2` made, under Secure Boot (docs/encryption.md): its TPM opens the disk at each start, after
 * upgrades and rollbacks, too, and for nobody else.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { GUID } from '../../../src/formats/efi-variables/efi-guid.js';
import { encodeSignatureLists } from '../../../src/formats/efi-variables/signature-list.js';
import { scratchDirectory } from '../../helpers/scratch.js';
import { DiskEdit } from '../qemu/disk-edit.js';
import { statusOf, type Asked } from '../qemu/host.js';
import { Publisher } from '../qemu/publisher.js';
import { lacksTpm } from '../qemu/tpm.js';
import { lacksSecureBoot } from '../secure-boot/lacks.js';
import { addonOf, signed } from '../secure-boot/made-uki.js';
import { firmwareWith } from '../secure-boot/owner.js';
import { keyVariable, withVariables } from '../secure-boot/variable-store.js';
import { cannotRunUml } from '../uml/bench.js';
import {
  PROMPT,
  restartOpened,
  startEncrypted,
  untilOpened,
  type EncryptedMachine,
} from './encrypted-machine.js';
import { installEncrypted } from './install.js';
import { buildUki, encryptedReleases } from './releases.js';

const ENTRIES = '/loader/entries';
const OPENED = /rootseal: verified .*; sealed/;

const pcr = async ({ agent }: Asked, number: number): Promise<string> =>
  (await agent.run(`cat /sys/class/tpm/tpm0/pcr-sha256/${number}`)).toLowerCase();

async function expectSealed(asked: Asked, release: string): Promise<void> {
  const { booted } = await statusOf(asked);
  assert.deepEqual([booted?.release, booted?.assurance], [release, 'sealed']);
}

test(
  'a machine that was installed with an encrypted root file system',
  { skip: lacksSecureBoot() || lacksTpm() || cannotRunUml },
  async (t) => {
    const made = encryptedReleases();
    const { owner } = made;
    const publisher = await Publisher.start(t, made.repository);
    publisher.publish('v1');
    const scratch = scratchDirectory(t, '/var/tmp');
    const url = `http://10.0.2.2:${publisher.port}`;
    const { recoveryKey, pcr7, ...installed } = await installEncrypted(t, made, {
      ...{ url, exchange: scratch },
    });
    const enrolled = { ...installed, firmware: firmwareWith(scratch, []) };

    await t.test('is opened by its TPM, when it was upgraded and rolled back, too', async (st) => {
      const asked = await startEncrypted(st, enrolled);
      const { agent, machine } = asked;
      await untilOpened(asked);
      await expectSealed(asked, '1');
      assert.equal(await agent.run('findmnt -no SOURCE /sysroot'), '/dev/mapper/root');
      assert.equal(await pcr(asked, 7), pcr7, 'as it was expected');
      assert.equal(await pcr(asked, 12), '0'.repeat(64));
      // What the stub brought is still there, but the initramfs was left.
      const again = 'systemd-cryptsetup attach again /dev/nvme0n1p2 - tpm2-device=auto,headless=1';
      const refused = await agent.run(`ls /run/systemd/tpm2-pcr-signature.json && ! ${again}`);
      assert.match(refused, /Failed to unseal secret using TPM2/);

      publisher.publish('v2');
      await agent.run('systemctl start rootseal-upgrade.service');
      await restartOpened(asked);
      await expectSealed(asked, '2');
      await agent.run('rootseal rollback');
      await restartOpened(asked);
      await expectSealed(asked, '1');
      agent.start('systemctl --no-block poweroff');
      await machine.end();
    });

    /** Starts a machine that is another one in something, until it asks. */
    const startChanged = async (
      st: TestContext,
      change: (machine: EncryptedMachine, directory: string) => EncryptedMachine,
    ): Promise<Asked> => {
      const directory = scratchDirectory(st, '/var/tmp');
      const variables = join(directory, 'changed.fd');
      fs.copyFileSync(enrolled.firmware.variables, variables);
      const firmware = { ...enrolled.firmware, variables };
      const asked = await startEncrypted(st, change({ ...enrolled, firmware }, directory));
      await asked.machine.expect(PROMPT);
      return asked;
    };

    await t.test(
      'is not opened for an image with the signature of another PCR key, but by the recovery key',
      async (st) => {
        const { machine } = await startChanged(st, (same, directory) => {
          const disk = DiskEdit.copy(same.disk, directory);
          const output = join(directory, 'strange.efi');
          buildUki(made.repository, 'v1', { owner, pcrKey: made.pcrKeyFile('strange'), output });
          for (const name of disk.listEsp(ENTRIES)) {
            const [, path = ''] = /^efi +(\S+)$/m.exec(disk.readEsp(`${ENTRIES}/${name}`)) ?? [];
            disk.writeToEsp(path, fs.readFileSync(output));
          }
          return { ...same, disk: disk.file };
        });
        machine.type(`${recoveryKey}\n`);
        await machine.expect(OPENED);
        machine.stop();
      },
    );

    await t.test(
      'is not opened when the firmware has another list of what is forbidden',
      async (st) => {
        const { machine } = await startChanged(st, (same) => {
          const entry = {
            type: GUID.EFI_CERT_SHA256,
            owner: GUID.SHIM_LOCK,
            data: Buffer.alloc(32),
          };
          const dbx = keyVariable('dbx', encodeSignatureLists([entry]));
          const { variables } = same.firmware;
          fs.writeFileSync(variables, withVariables(fs.readFileSync(variables), [dbx]));
          return same;
        });
        machine.stop();
      },
    );

    await t.test(
      'is not opened when an addon, signed as well, changed the command line',
      async (st) => {
        const { machine } = await startChanged(st, (same, directory) => {
          const disk = DiskEdit.copy(same.disk, directory);
          // The one kind of word that the trust manifest lets in; PCR 12 has it all the same.
          const addon = addonOf(made, { '.cmdline': Buffer.from('console=ttyS0') });
          disk.makeDirectoryOnEsp('/loader/addons');
          disk.writeToEsp('/loader/addons/more.addon.efi', signed(addon, owner, 'db'));
          return { ...same, disk: disk.file };
        });
        machine.stop();
      },
    );
  },
);
