/**
 * Under Secure Boot with the keys of its owner a machine starts what the owner signed, as it was signed, and nothing else. One
 * machine tries all of this in one start; what a boot loader does with a signed image comes last, because the firmware does not
 * come back from a boot loader that gave up (OVMF 2022.11 and 2025.02 with systemd-boot 257 crash there).
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { encodeCpio } from '../../../src/formats/cpio.js';
import { peHash } from '../../../src/formats/authenticode/pe-hash.js';
import { readPe } from '../../../src/formats/pe/read-pe.js';
import { fromText } from '../../../src/util/bytes.js';
import { scratchDirectory } from '../../helpers/scratch.js';
import { DiskEdit } from '../qemu/disk-edit.js';
import { Machine } from '../qemu/machine.js';
import { arrange, denied, type Attempt } from './attempts.js';
import { lacksSecureBoot } from './lacks.js';
import { bootLoaderOf, goodUki, signed, unsignedUki } from './made-uki.js';
import { sealedUki } from './sealed-uki.js';

/** A copy with the bits of one byte in the middle of a section inverted. */
function flipped(bytes: Buffer, name: string): Buffer {
  const section = readPe(bytes).sections.find((one) => one.name === name);
  assert.ok(section, name);
  const at = section.rawOffset + Math.floor(section.virtualSize / 2);
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(at) ^ 0xff, at);
  return copy;
}

/** A copy whose signature is cut short, with everything else as it was. */
function cutSignature(bytes: Buffer): Buffer {
  const table = readPe(bytes).certificateTable;
  assert.ok(table);
  return Buffer.from(bytes.subarray(0, table.offset + Math.floor(table.size / 2)));
}

/** Who starts the machine from this has its first process. */
const FOREIGN_INITRD = encodeCpio([
  { kind: 'file', path: fromText('init'), mode: 0o755, content: Buffer.from('#!/bin/sh\n') },
]);

const SECTIONS = ['.cmdline', '.initrd', '.linux', '.osrel'];

test('what the owner did not sign is not started', { skip: lacksSecureBoot() }, async (t) => {
  const made = sealedUki();
  const scratch = scratchDirectory(t, '/var/tmp');
  const uki = unsignedUki(made);
  const good = goodUki(made);
  const revoked = signed(unsignedUki(made, 'revoked'), made.owner, 'db');
  const attempts: Attempt[] = [
    { name: 'unsigned', program: uki },
    ...SECTIONS.map((name) => ({ name: `flipped${name}`, program: flipped(good, name) })),
    { name: 'stranger', program: signed(uki, made.owner, 'stranger') },
    { name: 'cut', program: cutSignature(good) },
    { name: 'revoked', program: revoked },
    { name: 'debian', program: fs.readFileSync(made.kernel) },
    { name: 'loader', program: fs.readFileSync(join(made.boot, 'systemd-bootx64.efi')) },
    { name: 'initrd', entry: ['linux /attempts/good.efi', 'initrd /attempts/foreign.cpio'] },
  ];
  const disk = DiskEdit.copy(made.disk, scratch);
  const files = { 'good.efi': good, 'foreign.cpio': FOREIGN_INITRD };
  const options = arrange(disk, attempts, files, bootLoaderOf(made));
  const machine = Machine.start(t, {
    disk: disk.file,
    firmware: made.owner.firmware(scratch, options, [peHash(revoked)]),
  });
  const isDenied = async (name: string): Promise<void> => {
    await machine.expect(denied(attempts, name));
  };

  await t.test('a unified kernel image without a signature', () => isDenied('unsigned'));
  for (const name of SECTIONS)
    await t.test(`one byte of ${name} is another`, () => isDenied(`flipped${name}`));
  await t.test('the signature of a key that the machine does not know', () => isDenied('stranger'));
  await t.test('a signature that is cut short', () => isDenied('cut'));
  await t.test('an image whose hash is in dbx, although it is signed', () => isDenied('revoked'));
  await t.test('a kernel that Debian signed', () => isDenied('debian'));
  await t.test('a boot loader without a signature', () => isDenied('loader'));
  await t.test('a signed image with an initrd that a boot entry puts before its own', async () => {
    await machine.expect(/Error registering initrd: Already started/);
  });
  machine.stop();
  assert.deepEqual(machine.console.all(/rootseal: |tiny: |Linux version/), []);
});
