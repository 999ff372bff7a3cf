/** The boot program where the file system has fs-verity: it starts what was sealed, and only that. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { BootResult } from '../../../helpers/boot-once.js';
import { assertRefused, machine, POLICY, type Machine } from '../../../helpers/boot-physical.js';
import { TestRepository } from '../../../helpers/repository.js';
import { KEY_FILES, writeKey } from './keys.js';
import { replaceFile } from './measured.js';

const CMDLINE_MODE = { [POLICY]: '[verify]\nmode=cmdline\n' };
const PROGRAM = 'usr/bin/program';
/** For a root that was started. */
const READ = `test -d sysroot/etc || exit 0
wc -c sysroot/${PROGRAM} 2>&1 || :
cat sysroot/etc/release`;

const AS_COMMITTED = `5000 sysroot/${PROGRAM}\nfrom the state\n`;

interface SealedMachine extends Machine {
  readonly repository: TestRepository;
  /** What the name of the image leads to. */
  readonly image: string;
  readonly start: (files?: Readonly<Record<string, string>>) => BootResult;
}

/** A physical root whose image is sealed by a key that the initramfs knows. */
function sealedMachine(t: TestContext): SealedMachine {
  const made = machine(t);
  const repository = new TestRepository(made.scratch, join(made.physical, 'composefs'));
  repository.expect(['seal', 'main', '--key', writeKey(made.scratch)]);
  const [seal = ''] = fs.readdirSync(repository.file('seals'));
  fs.copyFileSync(repository.file(`seals/${seal}`), join(made.deployment, 'seal'));
  const image = fs.realpathSync(repository.file(`images/${made.hex}`));
  const start = (files: Readonly<Record<string, string>> = KEY_FILES): BootResult =>
    made.boot({ files, after: READ });
  return { ...made, repository, image, start };
}

test('mode=seal: the sealed image is started, and the kernel checks what is read', (t) => {
  const { hex, start } = sealedMachine(t);
  const { status, output, afterwards, boot, mounts } = start();
  assert.equal(output, `rootseal: verified v1-sha256-12:${hex} by test.example.org\n`);
  assert.equal(status, 0);
  assert.equal(afterwards, AS_COMMITTED);
  assert.equal(boot?.['assurance'], 'verified');
  assert.equal(boot['mode'], 'seal');
  assert.equal(boot['image'], `v1-sha256-12:${hex}`);
  assert.deepEqual(
    (boot['keys'] as { name: string }[]).map(({ name }) => name),
    ['test.example.org'],
  );
  const root = mounts.find(({ place }) => place === '/sysroot');
  assert.equal(root?.type, 'overlay');
  assert.ok(root.superOptions.includes('verity=require'));
  assert.ok(root.options.includes('ro'));
});

test('mode=cmdline: the digest of the command line is enough, and the kernel checks the same', (t) => {
  const { hex, boot } = machine(t);
  const result = boot({ files: CMDLINE_MODE, after: READ });
  assert.equal(result.output, `rootseal: verified v1-sha256-12:${hex} by the command line\n`);
  assert.equal(result.afterwards, AS_COMMITTED);
  const root = result.mounts.find(({ place }) => place === '/sysroot');
  assert.ok(root?.superOptions.includes('verity=require'));
});

test('refused: the right image without fs-verity', (t) => {
  const { image, start } = sealedMachine(t);
  replaceFile(image);
  for (const files of [KEY_FILES, CMDLINE_MODE])
    assertRefused(start(files), 'image', /fs-verity is not enabled on it$/);
});

test('refused: another valid image, with fs-verity, under the name of the sealed one', (t) => {
  const { repository, image, start } = sealedMachine(t);
  repository.commit({ other: 'o'.repeat(5000) }, 'other');
  replaceFile(image, fs.readFileSync(repository.objectFile(repository.imageOf('other'))), true);
  for (const files of [KEY_FILES, CMDLINE_MODE]) assertRefused(start(files), 'image', /./);
});

test('refused: the seal of another image, and the right one without a known key', (t) => {
  const { repository, deployment, start } = sealedMachine(t);
  assertRefused(start({ [POLICY]: '[verify]\nmode=seal\n' }), 'seal', /./);
  repository.commit({ other: 'o'.repeat(5000) }, 'other');
  const before = new Set(fs.readdirSync(repository.file('seals')));
  repository.expect(['seal', 'other', '--key', writeKey(repository.scratch)]);
  const [seal = ''] = fs.readdirSync(repository.file('seals')).filter((name) => !before.has(name));
  fs.copyFileSync(repository.file(`seals/${seal}`), join(deployment, 'seal'));
  assertRefused(start(), 'seal', /./);
});

test('an object without fs-verity cannot be read in the started root, and the rest can', (t) => {
  const { repository, start } = sealedMachine(t);
  replaceFile(repository.objectFile(repository.digestOf('main', `/${PROGRAM}`)));
  const { status, afterwards } = start();
  assert.equal(status, 0);
  assert.match(afterwards, /Input\/output error\nfrom the state\n$/);
});

test('an object that was changed cannot be read in the started root, and the rest can', (t) => {
  const { repository, start } = sealedMachine(t);
  const object = repository.objectFile(repository.digestOf('main', `/${PROGRAM}`));
  replaceFile(object, Buffer.from('y'.repeat(5000)), true);
  const { status, afterwards } = start();
  assert.equal(status, 0);
  assert.match(afterwards, /Input\/output error\nfrom the state\n$/);
  assert.match(execFileSync('dmesg', { encoding: 'utf8' }), /has the wrong fs-verity digest/);
});
