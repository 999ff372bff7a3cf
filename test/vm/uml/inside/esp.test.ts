/** What the power leaves on an ESP: after each step the disk has all of it, and not only the memory of the kernel. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import {
  removeEntry,
  renameEntry,
  writeEntry,
} from '../../../../src/deploy/boot-loader/write-esp.js';
import { renameFlushed, replaceFile } from '../../../../src/deploy/boot-loader/durable-esp.js';
import { scratchDirectory } from '../../../helpers/scratch.js';

const TEXT = `title Some system\n${'# filled up\n'.repeat(100)}`;
const KERNEL = Buffer.alloc(300_000, 'kernel ');
const ENTRIES = 'loader/entries';

function mounted(t: TestContext, image: string): string {
  const directory = fs.mkdtempSync('/mnt/esp-');
  const device = execFileSync('losetup', ['--find', '--show', image]).toString().trim();
  execFileSync('mount', ['-t', 'vfat', device, directory]);
  t.after(() => {
    execFileSync('umount', [directory]);
    execFileSync('losetup', ['--detach', device]);
  });
  return directory;
}

/** A mounted ESP, and what a power cut at this moment would leave of it. */
function makeEsp(t: TestContext): { readonly esp: string; readonly cut: () => string } {
  const scratch = scratchDirectory(t);
  const image = join(scratch, 'esp.img');
  fs.writeFileSync(image, '');
  fs.truncateSync(image, 34 << 20);
  execFileSync('mkfs.vfat', ['-F', '32', image], { stdio: 'pipe' });
  let copies = 0;
  return {
    esp: mounted(t, image),
    cut: () => {
      const copy = join(scratch, `copy-${++copies}.img`);
      fs.copyFileSync(image, copy);
      return mounted(t, copy);
    },
  };
}

function entriesIn(esp: string): string[] {
  return fs.readdirSync(join(esp, ENTRIES));
}

test('a boot entry that was written is on the disk, with all that is in it', (t) => {
  const { esp, cut } = makeEsp(t);
  writeEntry(esp, 'rootseal-os-1+3.conf', TEXT);
  const left = cut();
  assert.deepEqual(entriesIn(left), ['rootseal-os-1+3.conf']);
  assert.equal(fs.readFileSync(join(left, ENTRIES, 'rootseal-os-1+3.conf'), 'utf8'), TEXT);
});

test('a boot entry whose counter was changed, and one that was removed, are so on the disk', (t) => {
  const { esp, cut } = makeEsp(t);
  writeEntry(esp, 'rootseal-os-1+3.conf', TEXT);
  writeEntry(esp, 'rootseal-os-2+3.conf', TEXT);
  renameEntry(esp, 'rootseal-os-1+3.conf', 'rootseal-os-1.conf');
  removeEntry(esp, 'rootseal-os-2+3.conf');
  const left = cut();
  assert.deepEqual(entriesIn(left), ['rootseal-os-1.conf']);
  assert.equal(fs.readFileSync(join(left, ENTRIES, 'rootseal-os-1.conf'), 'utf8'), TEXT);
});

test('a counter is changed on a full ESP, too, and is so on the disk', (t) => {
  const { esp, cut } = makeEsp(t);
  writeEntry(esp, 'rootseal-os-1+3.conf', TEXT);
  const filler = fs.openSync(join(esp, 'filler'), 'w');
  assert.throws(
    () => {
      for (;;) fs.writeSync(filler, KERNEL);
    },
    { code: 'ENOSPC' },
  );
  fs.closeSync(filler);
  renameEntry(esp, 'rootseal-os-1+3.conf', 'rootseal-os-1.conf');
  const left = cut();
  assert.deepEqual(entriesIn(left), ['rootseal-os-1.conf']);
  assert.equal(fs.readFileSync(join(left, ENTRIES, 'rootseal-os-1.conf'), 'utf8'), TEXT);
});

test('files and directories that got their names are on the disk', (t) => {
  const { esp, cut } = makeEsp(t);
  fs.mkdirSync(join(esp, 'kernel.new'));
  replaceFile(join(esp, 'kernel.new/vmlinuz'), KERNEL);
  renameFlushed(join(esp, 'kernel.new'), join(esp, 'kernel'));
  const left = cut();
  assert.deepEqual(fs.readdirSync(left), ['kernel']);
  assert.ok(fs.readFileSync(join(left, 'kernel/vmlinuz')).equals(KERNEL));
});
