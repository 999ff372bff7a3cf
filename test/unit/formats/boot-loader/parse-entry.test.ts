/** What line_get_key_value of systemd 257 makes of lines. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printBootEntry } from '../../../../src/formats/boot-loader/entry.js';
import {
  ENTRY_SIZE_MAX,
  parseBootEntry,
  parseLoaderConf,
  type LoaderConf,
  type ParsedBootEntry,
} from '../../../../src/formats/boot-loader/parse-entry.js';
import { FormatError } from '../../../../src/util/errors.js';

const entry = (text: string): ParsedBootEntry => parseBootEntry(Buffer.from(text, 'latin1'));

const ROWS: readonly (readonly [text: string, said: Partial<ParsedBootEntry>])[] = [
  ['', {}],
  ['title a', { title: 'a' }],
  ['title\ta b \t\n', { title: 'a b' }],
  ['  title   a', { title: 'a' }],
  ['title a\r\nversion 1\r\n', { title: 'a', version: '1' }],
  ['title a\rversion 1', { title: 'a', version: '1' }],
  ['title', {}],
  ['title ', {}],
  ['#title a\n # title b', {}],
  ['title a # b', { title: 'a # b' }],
  ['title "a b"', { title: 'a b' }],
  ["title 'a b'", { title: 'a b' }],
  ['title "a', { title: '"a' }],
  ['title "a\'', { title: '"a\'' }],
  ['title "', {}],
  ['title ""', {}],
  ['title a\ntitle b', { title: 'b' }],
  ['title a\ntitle ""', {}],
  ['Title a', {}],
  ['title=a', {}],
  ['\xef\xbb\xbftitle a\nversion 1', { version: '1' }],
  ['title a\0\nversion 1', { title: 'a' }],
  ['title a\xffb\xc3\xa9', { title: 'abé' }],
  ['title a\xf0\x9f\x98\x80b', { title: 'ab' }],
  [
    'sort-key s\nmachine-id m\narchitecture X64',
    { sortKey: 's', machineId: 'm', architecture: 'X64' },
  ],
  ['linux /a\nefi /b', { linux: '/a', program: '/b' }],
  ['efi /b\nlinux /a', { linux: '/a', program: '/a' }],
  ['options a b\noptions c', { options: 'a b c' }],
  ['initrd /a\ninitrd /b', { initrd: ['/a', '/b'] }],
  ['grub_users $grub\ndevicetree /x\nextra 1', {}],
];

for (const [text, said] of ROWS)
  test(`the entry ${JSON.stringify(text)} says ${JSON.stringify(said)}`, () => {
    assert.deepEqual(entry(text), { initrd: [], options: '', ...said });
  });

test('an entry of ours is read as it was written', () => {
  const text = printBootEntry({
    title: 'Débian "13"',
    version: '7',
    sortKey: 'rootseal',
    program: {
      linux: '/rootseal/ab/vmlinuz',
      initrd: '/rootseal/ab/initrd',
      options: ['a=b', '"c d"', 'e="f g"'],
    },
  });
  assert.deepEqual(parseBootEntry(Buffer.from(text)), {
    title: 'Débian "13"',
    version: '7',
    sortKey: 'rootseal',
    linux: '/rootseal/ab/vmlinuz',
    program: '/rootseal/ab/vmlinuz',
    initrd: ['/rootseal/ab/initrd'],
    options: 'a=b "c d" e="f g"',
  });
});

test('an entry of ours that starts a unified kernel image is read as it was written', () => {
  const program = { efi: '/rootseal/ab/uki.efi' };
  const text = printBootEntry({ title: 'a', version: '7', sortKey: 'rootseal', program });
  assert.deepEqual(parseBootEntry(Buffer.from(text)), {
    ...{ title: 'a', version: '7', sortKey: 'rootseal' },
    ...{ program: '/rootseal/ab/uki.efi', initrd: [], options: '' },
  });
});

test('an entry may be as long as the limit, and not longer', () => {
  assert.equal(entry(`title ${'a'.repeat(ENTRY_SIZE_MAX - 6)}`).title?.length, ENTRY_SIZE_MAX - 6);
  assert.throws(() => entry(' '.repeat(ENTRY_SIZE_MAX + 1)), FormatError);
});

test('an entry of blanks only, or with many inside, says what it says', () => {
  assert.deepEqual(entry(' '.repeat(ENTRY_SIZE_MAX)), { initrd: [], options: '' });
  const blanks = ' '.repeat(ENTRY_SIZE_MAX - 10);
  assert.equal(entry(`title a${blanks}b`).title?.length, blanks.length + 2);
});

const CONFS: readonly (readonly [text: string, said: LoaderConf])[] = [
  ['', {}],
  ['timeout 0\neditor no\ndefault rootseal-*\n', { timeout: '0', default: 'rootseal-*' }],
  ['# default a\ndefault b', { default: 'b' }],
  ['default a\ndefault b', { default: 'b' }],
  ['default @saved', { default: '@saved' }],
  ['default a\ndefault @other', { default: 'a' }],
  ['timeout menu-force', { timeout: 'menu-force' }],
];

for (const [text, said] of CONFS)
  test(`the loader.conf ${JSON.stringify(text)} says ${JSON.stringify(said)}`, () => {
    assert.deepEqual(parseLoaderConf(Buffer.from(text)), said);
  });
