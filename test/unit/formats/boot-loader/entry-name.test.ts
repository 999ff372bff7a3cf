import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bootEntryFileName } from '../../../../src/formats/boot-loader/entry.js';
import { parseEntryFileName } from '../../../../src/formats/boot-loader/entry-name.js';

/** File, its name without counter, tries left and done, name and serial of ours. */
type Row = readonly [
  file: string,
  id: string,
  counter?: readonly [left: number, done: number] | undefined,
  own?: readonly [name: string, serial: number],
];

const ROWS: readonly Row[] = [
  ['a.conf', 'a.conf'],
  ['a+3.conf', 'a.conf', [3, 0]],
  ['a+2-1.conf', 'a.conf', [2, 1]],
  ['a+0-3.conf', 'a.conf', [0, 3]],
  ['a+4-0.conf', 'a.conf', [4, 0]],
  ['a+007-08.conf', 'a.conf', [7, 8]],
  ['a+1+2.conf', 'a+1.conf', [2, 0]],
  ['a+2147483647.conf', 'a.conf', [2147483647, 0]],
  ['a+2147483648.conf', 'a+2147483648.conf'],
  ['a+1-2147483648.conf', 'a+1-2147483648.conf'],
  ['a+.conf', 'a+.conf'],
  ['a+3-.conf', 'a+3-.conf'],
  ['a+-1.conf', 'a+-1.conf'],
  ['a+3-1-2.conf', 'a+3-1-2.conf'],
  ['a+3x.conf', 'a+3x.conf'],
  ['a+3.x.conf', 'a+3.x.conf'],
  ['+3.conf', '.conf', [3, 0]],
  ['a.CONF', 'a.conf'],
  ['a+1.Conf', 'a.conf', [1, 0]],
  ['auto.conf', 'auto.conf'],
  ['rootseal-os-1.conf', 'rootseal-os-1.conf', undefined, ['os', 1]],
  ['rootseal-os-12+2-1.conf', 'rootseal-os-12.conf', [2, 1], ['os', 12]],
  ['rootseal-a-1-7.conf', 'rootseal-a-1-7.conf', undefined, ['a-1', 7]],
  ['rootseal-a.b_c~d-7.conf', 'rootseal-a.b_c~d-7.conf', undefined, ['a.b_c~d', 7]],
  ['rootseal-os-0.conf', 'rootseal-os-0.conf'],
  ['rootseal-os-01.conf', 'rootseal-os-01.conf'],
  ['rootseal-os-9007199254740992.conf', 'rootseal-os-9007199254740992.conf'],
  ['rootseal-os.conf', 'rootseal-os.conf'],
  ['rootseal--1.conf', 'rootseal--1.conf'],
  ['rootseal-os-1.CONF', 'rootseal-os-1.conf'],
  ['xrootseal-os-1.conf', 'xrootseal-os-1.conf'],
];

for (const [file, id, counter, own] of ROWS)
  test(`${file} is the entry ${id}${counter === undefined ? '' : `, ${counter[0]} tries left`}`, () => {
    assert.deepEqual(parseEntryFileName(file), {
      file,
      id,
      counter: counter === undefined ? undefined : { left: counter[0], done: counter[1] },
      own: own === undefined ? undefined : { name: own[0], serial: own[1] },
    });
  });

for (const file of [
  '',
  'a',
  '.conf',
  '.a.conf',
  'a.conf.new',
  'a.conf~',
  'auto-x.conf',
  'AUTO-x.conf',
])
  test(`${JSON.stringify(file)} is not an entry`, () => {
    assert.equal(parseEntryFileName(file), undefined);
  });

test('a name with many signs takes no time', () => {
  assert.equal(parseEntryFileName(`${'+1'.repeat(50_000)}x.conf`)?.counter, undefined);
});

test('what is written is read again', () => {
  for (const [name, serial, tries] of [
    ['os', 1, undefined],
    ['a-1', 2, 3],
    ['A.b_c~d-e', Number.MAX_SAFE_INTEGER, 99],
  ] as const) {
    const read = parseEntryFileName(bootEntryFileName({ name, serial, tries }));
    assert.deepEqual(read?.own, { name, serial });
    assert.deepEqual(read.counter, tries === undefined ? undefined : { left: tries, done: 0 });
    assert.equal(read.id, bootEntryFileName({ name, serial }));
  }
});
