/** Which device the boot program tells systemd of, where the root file system lies behind encryption; with sanitizers. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { buildBoot, cannotBuild, runBoot } from '../helpers/boot-program.js';
import { scratchDirectory } from '../helpers/scratch.js';

const skip = cannotBuild;

/** A directory as /sys/dev/block: what each device lies on, as `name` → content of its file `dev`. */
function devices(
  t: TestContext,
  table: Readonly<Record<string, Readonly<Record<string, string>>>>,
): string {
  const directory = scratchDirectory(t);
  for (const [device, slaves] of Object.entries(table)) {
    fs.mkdirSync(join(directory, device, 'slaves'), { recursive: true });
    for (const [name, number] of Object.entries(slaves)) {
      fs.mkdirSync(join(directory, device, 'slaves', name));
      fs.writeFileSync(join(directory, device, 'slaves', name, 'dev'), number);
    }
  }
  return directory;
}

function underlying(directory: string, device: string): string {
  const words = [directory, ...device.split(':')];
  const { status, output } = runBoot(buildBoot('sanitized/devices'), words);
  assert.equal(status, 0, output);
  return output.trim();
}

test('of an encrypted device it is the partition; of a partition the same', { skip }, (t) => {
  const sys = devices(t, { '253:0': { nvme0n1p2: '259:2\n' }, '259:2': {} });
  assert.equal(underlying(sys, '253:0'), '259:2');
  assert.equal(underlying(sys, '259:2'), '259:2');
  assert.equal(underlying(sys, '8:1'), '8:1', 'a device that the kernel tells nothing of');
});

test('a logical volume on an encrypted partition is followed to the partition', { skip }, (t) => {
  const sys = devices(t, { '253:1': { 'dm-0': '253:0\n' }, '253:0': { sda3: '8:3\n' }, '8:3': {} });
  assert.equal(underlying(sys, '253:1'), '8:3');
});

test('what lies on several devices is not followed', { skip }, (t) => {
  const sys = devices(t, {
    '253:0': { 'dm-1': '253:1\n' },
    '253:1': { sda: '8:0', sdb: '8:16\n' },
  });
  assert.equal(underlying(sys, '253:0'), '253:1');
});

test('a number that is none, and a ring, end the search', { skip }, (t) => {
  for (const text of [
    '',
    '259',
    '259:',
    ':2',
    '259:2x\n',
    '4294967296:1\n',
    '-1:2\n',
    '9'.repeat(63),
  ])
    assert.equal(underlying(devices(t, { '253:0': { sda: text } }), '253:0'), '253:0', text);
  const ring = devices(t, { '1:1': { a: '1:2\n' }, '1:2': { b: '1:1\n' } });
  assert.match(underlying(ring, '1:1'), /^1:[12]$/);
});
