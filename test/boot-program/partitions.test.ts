/** How the boot program reads partition tables, with sanitizers. sfdisk writes the tables. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { buildBoot, cannotBuild, runBoot } from '../helpers/boot-program.js';
import { scratchDirectory } from '../helpers/scratch.js';

const skip =
  cannotBuild || (spawnSync('sfdisk', ['--version']).error !== undefined && 'needs sfdisk (fdisk)');
const SIZE = 2 << 20;
const ESP = 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b';
const ROOT = '4f68bce3-e8cd-4db1-96e7-fbcaf984b709';
const IDS = [
  'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
  '01234567-89ab-cdef-0123-456789abcdef',
] as const;
const LIST = `1 64-163 ${ESP} ${IDS[0]} 0\n3 256-1255 ${ROOT} ${IDS[1]} 8000000000000000\n`;

/** A disk with an ESP and a root that is not to be found automatically. */
function makeDisk(t: TestContext): string {
  const disk = join(scratchDirectory(t), 'disk');
  fs.writeFileSync(disk, '');
  fs.truncateSync(disk, SIZE);
  const input = `label: gpt
1: start=64,size=100,type=${ESP},uuid=${IDS[0]}
3: start=256,size=1000,type=${ROOT},uuid=${IDS[1]},attrs="GUID:63"
`;
  execFileSync('sfdisk', ['-q', disk], { input });
  return disk;
}

function listOf(disk: string, blockSize = 512): string {
  const { status, output } = runBoot(buildBoot('sanitized/partitions'), [
    'list',
    disk,
    String(blockSize),
  ]);
  assert.equal(status, 0, output);
  return output;
}

function damage(disk: string, offset: number): void {
  const file = fs.openSync(disk, 'r+');
  const byte = Buffer.alloc(1);
  fs.readSync(file, byte, 0, 1, offset);
  byte[0] = (byte[0] ?? 0) ^ 1;
  fs.writeSync(file, byte, 0, 1, offset);
  fs.closeSync(file);
}

test('partitions are those that sfdisk wrote', { skip }, (t) => {
  assert.equal(listOf(makeDisk(t)), LIST);
});

for (const [what, offset] of [
  ['the signature', 512],
  ['a number of the header', 512 + 80],
  ['an entry', 1024 + 40],
  ['an unused entry', 1024 + 100 * 128],
] as const) {
  test(`${what} is damaged: the copy at the end of the disk is read`, { skip }, (t) => {
    const disk = makeDisk(t);
    damage(disk, offset);
    assert.equal(listOf(disk), LIST);
    damage(disk, SIZE - 512 + 80);
    assert.equal(listOf(disk), 'no table\n');
  });
}

test('a disk without a table, and one whose blocks have another size, have no partitions', (t) => {
  if (skip) {
    t.skip(skip);
    return;
  }
  const disk = makeDisk(t);
  assert.equal(listOf(disk, 4096), 'no table\n');
  fs.truncateSync(disk, 0);
  fs.truncateSync(disk, SIZE);
  assert.equal(listOf(disk), 'no table\n');
});

test('no mutant of a table makes a sanitizer complain or gives a partition beyond the disk', (t) => {
  if (skip) {
    t.skip(skip);
    return;
  }
  const args = ['fuzz', makeDisk(t), '512', '60000', '20261123'];
  const { status, output } = runBoot(buildBoot('sanitized/partitions'), args);
  assert.equal(status, 0, output);
  assert.match(output, /^60000 mutants, [1-9]\d* accepted, 0 findings\n$/);
});
