import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTime } from '../../../src/cli/options.js';
import { formatTable } from '../../../src/cli/render/table.js';
import { cut, fold } from '../../../src/cli/render/fold.js';
import { dateOfSequence, shortTime } from '../../../src/cli/render/times.js';
import { describeFetched, describeToFetch } from '../../../src/cli/render/transfer.js';
import { counted, formatBytes, formatSeconds } from '../../../src/cli/render/units.js';

for (const [bytes, text] of [
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [999_949, '999.9 kB'],
  [999_950, '1.0 MB'],
  [367_200_000, '367.2 MB'],
  [2 ** 53, '9.0 PB'],
] as const) {
  test(`${bytes} bytes are shown as ${text}`, () => {
    assert.equal(formatBytes(bytes), text);
  });
}

test('one thing is not called several', () => {
  assert.deepEqual([counted(0, 'object'), counted(1, 'object')], ['0 objects', '1 object']);
});

for (const [objects, bytes, toFetch, fetched] of [
  [0, 0, 'nothing to fetch', 'nothing to fetch'],
  [1, 5, '1 object, 5 B to fetch', 'fetched 1 object, 5 B'],
  [2, 0, '2 objects to take in, fetched before', 'took in 2 objects, fetched before'],
] as const) {
  test(`${objects} objects and ${bytes} bytes are ${JSON.stringify(toFetch)}`, () => {
    assert.equal(describeToFetch(objects, bytes), toFetch);
    assert.equal(describeFetched(objects, bytes), fetched);
  });
}

test('a text is folded between words, and white space of any kind is one blank', () => {
  assert.deepEqual(fold('a bc\n\td toolongaword e', 6), ['a bc d', 'toolongaword', 'e']);
  assert.deepEqual([cut('abcdef', 6), cut('abcdefg', 6)], ['abcdef', 'abcde…']);
});

test('a sequence is a date where it can be one', () => {
  assert.equal(dateOfSequence(1_795_428_000), '2026-11-23');
  assert.deepEqual([dateOfSequence(101), dateOfSequence(2 ** 53 - 1)], [undefined, undefined]);
  assert.equal(shortTime('2026-11-25T03:12:40Z'), '2026-11-25 03:12 UTC');
});

test('seconds have two decimals', () => {
  assert.equal(formatSeconds(1234.5), '1.23 s');
});

test('table columns are as wide as their widest cell, the last one is not padded', () => {
  assert.equal(
    formatTable(
      [
        ['a', '10', 'x'],
        ['bbb', '9', 'yy'],
      ],
      ['left', 'right'],
    ),
    'a    10  x\nbbb   9  yy\n',
  );
});

for (const [text, seconds] of [
  ['1795428000', 1795428000],
  ['@0', 0],
  ['2026-11-23T10:00:00Z', 1795428000],
  ['2026-11-23T11:00:00+01:00', 1795428000],
] as const) {
  test(`${text} is the time ${seconds}`, () => {
    assert.equal(parseTime('--time', text), seconds);
  });
}

for (const text of ['', 'now', '-1', '1.5', '2026-11-23', '2026-13-40T00:00:00Z', '9'.repeat(20)]) {
  test(`${JSON.stringify(text)} is not a time`, () => {
    assert.throws(() => parseTime('--time', text), { code: 'USAGE', message: /--time/ });
  });
}
