import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bootEntryFileName,
  printBootEntry,
  TRIES_MAX,
  type BootEntry,
  type BootProgram,
} from '../../../../src/formats/boot-loader/entry.js';
import { FormatError } from '../../../../src/util/errors.js';

const KERNEL = {
  linux: '/rootseal/abc/vmlinuz',
  initrd: '/rootseal/abc/initrd',
  options: ['composefs.digest=v1-sha256-12:00', 'rw', 'a="b c"'],
};
const ENTRY: BootEntry = {
  title: 'Débian 13 (1.0)',
  version: '1.0',
  sortKey: 'rootseal-debian',
  program: KERNEL,
};

test('an entry is one key and value a line', () => {
  assert.equal(
    printBootEntry(ENTRY),
    'title Débian 13 (1.0)\nversion 1.0\nsort-key rootseal-debian\nlinux /rootseal/abc/vmlinuz\n' +
      'initrd /rootseal/abc/initrd\noptions composefs.digest=v1-sha256-12:00 rw a="b c"\n',
  );
});

test('an entry for a unified kernel image names it and nothing else', () => {
  assert.equal(
    printBootEntry({ ...ENTRY, program: { efi: '/rootseal/abc/uki.efi' } }),
    'title Débian 13 (1.0)\nversion 1.0\nsort-key rootseal-debian\nefi /rootseal/abc/uki.efi\n',
  );
});

const of = (change: Partial<typeof KERNEL>): { program: BootProgram } => ({
  program: { ...KERNEL, ...change },
});

const REFUSED: readonly (readonly [field: string, change: Partial<BootEntry>])[] = [
  ['title', { title: 'a\noptions init=/bin/sh' }],
  ['title', { title: '' }],
  ['title', { title: ' a' }],
  ['version', { version: '1\r' }],
  ['sort-key', { sortKey: 'a b' }],
  ['linux', of({ linux: 'rootseal/vmlinuz' })],
  ['linux', of({ linux: '/../vmlinuz' })],
  ['linux', of({ linux: '/a b' })],
  ['initrd', of({ initrd: '/a//b' })],
  ['options', of({ options: ['a b'] })],
  ['options', of({ options: [''] })],
  ['options', of({ options: ['a="b'] })],
  ['options', of({ options: ['a\nlinux /other'] })],
  ['options', of({ options: ['é'] })],
  ['options', of({ options: Array.from({ length: 100 }, () => 'x'.repeat(100)) })],
  ['efi', { program: { efi: '/uki.efi\noptions init=/bin/sh' } }],
];

for (const [field, change] of REFUSED) {
  test(`${JSON.stringify(change).slice(0, 60)} is refused and the field named`, () => {
    assert.throws(
      () => printBootEntry({ ...ENTRY, ...change }),
      (error) => error instanceof FormatError && error.place.field === field,
    );
  });
}

test('the file is named after system and serial, with the counter before the suffix', () => {
  assert.equal(bootEntryFileName({ name: 'a.b~c', serial: 7 }), 'rootseal-a.b~c-7.conf');
  assert.equal(bootEntryFileName({ name: 'a', serial: 7, tries: 3 }), 'rootseal-a-7+3.conf');
});

for (const bad of [
  { name: 'a+1', serial: 1 },
  { name: '../a', serial: 1 },
  { name: '', serial: 1 },
  { name: 'a', serial: 0 },
  { name: 'a', serial: 1.5 },
  { name: 'a', serial: 1, tries: 0 },
  { name: 'a', serial: 1, tries: TRIES_MAX + 1 },
  { name: 'a'.repeat(250), serial: 1 },
]) {
  test(`${JSON.stringify(bad).slice(0, 60)} makes no file name`, () => {
    assert.throws(() => bootEntryFileName(bad), FormatError);
  });
}
