import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { FirmwareKeys } from '../../../../src/deploy/boot-loader/firmware-keys.js';
import { restoreLoader } from '../../../../src/deploy/boot-loader/restore-loader.js';
import { attachSignature, signRequest } from '../../../../src/formats/authenticode/sign-pe.js';
import { GUID } from '../../../../src/formats/efi-variables/efi-guid.js';
import { OWNER } from '../../../../src/formats/efi-variables/owner.js';
import { makePe } from '../../../helpers/pe-file.js';
import { scratchDirectory } from '../../../helpers/scratch.js';
import { makeTestKey } from '../../../helpers/secure-boot-keys.js';

const [ours, other] = [makeTestKey('ours'), makeTestKey('other')];
const loader = (version: string) =>
  makePe({
    sections: [
      { name: '.sdmagic', content: Buffer.from(`#### LoaderInfo: systemd-boot ${version} ####`) },
    ],
  });
const signed = (bytes: Buffer, key = ours) =>
  attachSignature(bytes, key.certificate, key.sign(signRequest(bytes)));
const db = {
  entries: [{ type: GUID.EFI_CERT_X509, owner: OWNER, data: ours.certificate.der }],
};
const ON: FirmwareKeys = { isEnforced: true, setupMode: false, db, dbx: { entries: [] } };
const RELEASE = signed(loader('257'));
const [SYSTEMD, FALLBACK] = ['EFI/systemd/systemd-bootx64.efi', 'EFI/BOOT/BOOTX64.EFI'];

/** An ESP, and what became of it. */
function esp(t: TestContext, files: Readonly<Record<string, Buffer>>) {
  const boot = scratchDirectory(t);
  for (const [name, content] of Object.entries(files)) {
    fs.mkdirSync(join(boot, name, '..'), { recursive: true });
    fs.writeFileSync(join(boot, name), content);
  }
  const read = (name: string) => fs.readFileSync(join(boot, name));
  const restore = (release: Buffer | undefined, keys = ON) =>
    restoreLoader({ boot, architecture: 'x64', release, keys });
  return { boot, read, restore };
}

test('a boot loader that a package has replaced becomes that of the release again', (t) => {
  const { read, restore } = esp(t, { [SYSTEMD]: loader('258'), [FALLBACK]: RELEASE });
  const { done, problems } = restore(RELEASE);
  assert.deepEqual(done, [`replaced ${SYSTEMD} by the boot loader of the release`]);
  assert.deepEqual(problems, []);
  assert.deepEqual(read(SYSTEMD), RELEASE);
  assert.deepEqual(restore(RELEASE), { done: [], problems: [] });
});

test('a boot loader is not replaced by one that firmware does not start, and that is told', (t) => {
  const found = loader('258');
  const { read, restore } = esp(t, { [SYSTEMD]: found, [FALLBACK]: RELEASE });
  for (const release of [loader('257'), signed(loader('257'), other), undefined]) {
    const { done, problems } = restore(release);
    assert.deepEqual(done, []);
    assert.deepEqual(problems, [
      `the firmware does not start ${SYSTEMD} on the ESP: it is not signed`,
    ]);
    assert.deepEqual(read(SYSTEMD), found);
  }
});

test('what is not systemd-boot stays, and what is not there is not made', (t) => {
  const foreign = makePe({ sections: [{ name: '.text' }] });
  const { boot, read, restore } = esp(t, { [FALLBACK]: foreign });
  const { done, problems } = restore(RELEASE);
  assert.deepEqual(done, []);
  assert.equal(problems.length, 1);
  assert.deepEqual(read(FALLBACK), foreign);
  assert.ok(!fs.existsSync(join(boot, SYSTEMD)));
});

test('without Secure Boot nothing happens', (t) => {
  const { read, restore } = esp(t, { [SYSTEMD]: loader('258') });
  assert.deepEqual(restore(RELEASE, { ...ON, isEnforced: false }), { done: [], problems: [] });
  assert.deepEqual(read(SYSTEMD), loader('258'));
});

test('a boot loader that cannot be read is a problem, and the other one is put right', (t) => {
  const { boot, read, restore } = esp(t, { [FALLBACK]: loader('258') });
  fs.mkdirSync(join(boot, SYSTEMD), { recursive: true });
  const { done, problems } = restore(RELEASE);
  assert.deepEqual(done, [`replaced ${FALLBACK} by the boot loader of the release`]);
  assert.equal(problems.length, 1);
  assert.match(problems.join(), /^EFI\/systemd\/systemd-bootx64\.efi on the ESP: .*directory/);
  assert.deepEqual(read(FALLBACK), RELEASE);
});
