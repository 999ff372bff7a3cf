import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readLoaderState } from '../../../../src/deploy/boot-loader/variables.js';
import { scratchDirectory } from '../../../helpers/scratch.js';

const LOADER = '4a67b082-0a4c-41cf-b6c7-440b29bb8c4f';
/** Made at this boot, and made to stay. */
const VOLATILE = Buffer.from([6, 0, 0, 0]);
const NON_VOLATILE = Buffer.from([7, 0, 0, 0]);
const NOTHING = {
  oneShot: undefined,
  default: undefined,
  saved: undefined,
  selected: undefined,
  bootCountPath: undefined,
  devicePartUuid: undefined,
  info: undefined,
  stub: undefined,
  secureBoot: undefined,
};

/** Variables as systemd-boot leaves them; those that say something of this boot with the given attributes. */
function writeVariables(directory: string, ofThisBoot: Buffer): void {
  const text = (name: string, value: string, attributes = ofThisBoot) => {
    const bytes = Buffer.from(`${value}\0`, 'utf16le');
    fs.writeFileSync(join(directory, `${name}-${LOADER}`), Buffer.concat([attributes, bytes]));
  };
  text('LoaderEntryOneShot', 'rootseal-os-1.conf', NON_VOLATILE);
  text('LoaderEntryDefault', '@saved', NON_VOLATILE);
  text('LoaderEntryLastBooted', 'rootseal-os-2.conf', NON_VOLATILE);
  text('LoaderEntrySelected', 'rootseal-os-3.conf');
  text('LoaderBootCountPath', '\\loader\\entries\\rootseal-os-3+2-1.conf');
  text('LoaderDevicePartUUID', '0A1B2C3D-0000-4000-8000-000000000001');
  text('LoaderInfo', 'systemd-boot 257.8-1~deb13u1');
  text('StubInfo', 'systemd-stub 257.8-1~deb13u1');
  const secureBoot = join(directory, 'SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c');
  fs.writeFileSync(secureBoot, Buffer.concat([ofThisBoot, Buffer.from([1])]));
}

test('what systemd-boot leaves behind is read', (t) => {
  const directory = scratchDirectory(t);
  writeVariables(directory, VOLATILE);
  assert.deepEqual(readLoaderState(directory), {
    oneShot: 'rootseal-os-1.conf',
    default: '@saved',
    saved: 'rootseal-os-2.conf',
    selected: 'rootseal-os-3.conf',
    bootCountPath: '\\loader\\entries\\rootseal-os-3+2-1.conf',
    devicePartUuid: '0a1b2c3d-0000-4000-8000-000000000001',
    info: 'systemd-boot 257.8-1~deb13u1',
    stub: 'systemd-stub 257.8-1~deb13u1',
    secureBoot: true,
  });
});

test('a variable that outlived a reboot says nothing of this boot', (t) => {
  const directory = scratchDirectory(t);
  writeVariables(directory, NON_VOLATILE);
  assert.deepEqual(readLoaderState(directory), {
    ...NOTHING,
    oneShot: 'rootseal-os-1.conf',
    default: '@saved',
    saved: 'rootseal-os-2.conf',
  });
});

test('without EFI, with empty variables or directories in their place, nothing is known', (t) => {
  const directory = scratchDirectory(t);
  assert.deepEqual(readLoaderState(join(directory, 'absent')), NOTHING);
  fs.writeFileSync(join(directory, `LoaderInfo-${LOADER}`), '');
  fs.mkdirSync(join(directory, `LoaderEntryDefault-${LOADER}`));
  const loop = `LoaderEntryOneShot-${LOADER}`;
  fs.symlinkSync(loop, join(directory, loop));
  assert.deepEqual(readLoaderState(directory), NOTHING);
  assert.deepEqual(readLoaderState(join(directory, `LoaderInfo-${LOADER}`)), NOTHING);
});
