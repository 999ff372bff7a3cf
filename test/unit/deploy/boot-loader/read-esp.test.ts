import assert from 'node:assert/strict';
import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import {
  ENTRIES_DIR,
  listedEntries,
  readEsp,
} from '../../../../src/deploy/boot-loader/read-esp.js';
import { renameEntry } from '../../../../src/deploy/boot-loader/write-esp.js';
import { scratchDirectory } from '../../../helpers/scratch.js';

const HASH = '0123456789abcdef'.repeat(2);

function makeEsp(t: TestContext, files: Readonly<Record<string, string | Buffer>>): string {
  const boot = scratchDirectory(t);
  for (const [name, content] of Object.entries(files)) {
    fs.mkdirSync(dirname(join(boot, name)), { recursive: true });
    fs.writeFileSync(join(boot, name), content);
  }
  return boot;
}

test('entries, kernels and loader.conf are read', (t) => {
  const boot = makeEsp(t, {
    'loader/loader.conf': 'timeout 0\ndefault rootseal-*\n',
    'loader/entries/rootseal-os-1+2-1.conf': 'version 1\n',
    'loader/entries/other.conf': 'title Other\n',
    'loader/entries/auto-windows.conf': 'title no entry\n',
    'loader/entries/rootseal-os-2.conf.new': 'title unfinished\n',
    [`rootseal/${HASH}/vmlinuz`]: 'k',
    [`rootseal/${HASH}/initrd`]: 'i',
    'rootseal/00000000000000000000000000000000/vmlinuz': 'k',
    'rootseal/more/vmlinuz': 'k',
    'rootseal/more/initrd': 'i',
  });
  const esp = readEsp(boot);
  assert.deepEqual(
    esp.entries.map(({ name, entry }) => [name.file, entry?.version]),
    [
      ['other.conf', undefined],
      ['rootseal-os-1+2-1.conf', '1'],
    ],
  );
  assert.deepEqual(esp.kernels, [
    { name: '0'.repeat(32), complete: false },
    { name: HASH, complete: true },
    { name: 'more', complete: false },
  ]);
  assert.equal(esp.loaderConf.default, 'rootseal-*');
  assert.deepEqual(esp.problems, []);
});

test('an ESP without anything is empty', (t) => {
  const esp = readEsp(scratchDirectory(t));
  assert.deepEqual(esp, { entries: [], kernels: [], loaderConf: {}, problems: [] });
});

test('what is damaged is told, and the rest read', (t) => {
  const boot = makeEsp(t, {
    'loader/entries/big.conf': Buffer.alloc(1 << 17, 'a'),
    'loader/entries/good.conf': 'title good\n',
    'loader/entries/noise.conf': Buffer.from([0xff, 0xfe, 0, 1, 2, 3]),
    'loader/loader.conf/x': '',
    rootseal: 'a file',
  });
  fs.mkdirSync(join(boot, 'loader/entries/directory.conf'));
  const esp = readEsp(boot);
  assert.deepEqual(
    esp.entries.map(({ name, entry }) => [name.file, entry?.title]),
    [
      ['big.conf', undefined],
      ['directory.conf', undefined],
      ['good.conf', 'good'],
      ['noise.conf', undefined],
    ],
  );
  const places = ['loader/entries/big.conf: ', 'loader/entries/directory.conf: ', 'loader.conf'];
  for (const place of places)
    assert.ok(
      esp.problems.some((problem) => problem.includes(place)),
      place,
    );
  assert.equal(esp.problems.length, places.length + 1, 'and rootseal is not a directory');
});

test('the boot loader lists entries whose program is there', (t) => {
  const boot = makeEsp(t, {
    'a/vmlinuz': 'k',
    'loader/entries/absent.conf': 'linux /b/vmlinuz\n',
    'loader/entries/backslash.conf': 'linux \\a\\vmlinuz\n',
    'loader/entries/efi.conf': 'linux /b/vmlinuz\nefi /a/vmlinuz\n',
    'loader/entries/empty.conf': 'title nothing to start\n',
    'loader/entries/long.conf': `linux /${'a'.repeat(5000)}\n`,
    'loader/entries/not-a-directory.conf': 'linux /a/vmlinuz/b\n',
    'loader/entries/other-machine.conf': 'linux /a/vmlinuz\narchitecture vax\n',
    'loader/entries/present.conf': 'linux /a/vmlinuz\n',
  });
  const listed = listedEntries(boot, readEsp(boot)).map(({ name }) => name.id);
  assert.deepEqual(listed, ['backslash.conf', 'efi.conf', 'present.conf']);
});

test('a counter is taken away by renaming, and a second time is none', (t) => {
  const boot = makeEsp(t, { [`${ENTRIES_DIR}/a+2-1.conf`]: 'title a\n' });
  const files = () => fs.readdirSync(join(boot, ENTRIES_DIR)).sort();
  renameEntry(boot, 'a+2-1.conf', 'a.conf');
  assert.deepEqual(files(), ['a.conf']);
  renameEntry(boot, 'a+2-1.conf', 'a.conf');
  assert.deepEqual(files(), ['a.conf']);
  fs.writeFileSync(join(boot, ENTRIES_DIR, 'a+1-2.conf'), 'title a\n');
  renameEntry(boot, 'a+1-2.conf', 'a.conf');
  assert.deepEqual(files(), ['a.conf'], 'two of one name become one');
});
