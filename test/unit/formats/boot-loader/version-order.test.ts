/** What strverscmp_improved of systemd 257 says, asked pair by pair. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareVersions } from '../../../../src/formats/boot-loader/version-order.js';

/** From the oldest to the newest, as the comment of systemd's function and UAPI.10 have them. */
const ASCENDING: readonly (readonly string[])[] = [
  [
    '122.1',
    '123~rc1-1',
    '123',
    '123-a',
    '123-a.1',
    '123-1',
    '123-1.1',
    '123^post1',
    '123.a-1',
    '123.1-1',
    '123a-1',
    '124-1',
  ],
  ['', '0', '1', '9', '10', '11', '100', '9007199254740993', '9007199254740994'],
  ['1~', '1~~', '1~1', '1'],
  ['1', '1-', '1^', '1.', '1a', '1a1', '2'],
  ['1.0', '1.0a', '1.1', '1.1a1', '1.2'],
  ['1.A', '1.a', '1.aa', '1.b', '1.1'],
  // After a separator the end and characters that do not count are not passed over.
  ['1-^', '1-', '1-a', '1-1'],
  ['1-.', '1-'],
  ['1-_5', '1-5'],
  ['1^.', '1^', '1^-', '1^5'],
  ['6.12.9-amd64', '6.12.10-amd64', '6.12.10+deb13-amd64'],
];

for (const list of ASCENDING)
  test(`the order is ${list.map((one) => JSON.stringify(one)).join(' < ')}`, () => {
    for (const [i, a] of list.entries())
      for (const [j, b] of list.entries())
        assert.equal(Math.sign(compareVersions(a, b)), Math.sign(i - j), `${a} and ${b}`);
  });

const SAME: readonly (readonly [string, string])[] = [
  ['1', '1'],
  ['00123', '123'],
  ['123_a', '123a'],
  ['1é2', '1_2'],
  ['1.0', '1.00'],
  ['_', ''],
  ['1-', '1-_'],
];

for (const [a, b] of SAME)
  test(`${JSON.stringify(a)} and ${JSON.stringify(b)} are the same version`, () => {
    assert.equal(compareVersions(a, b), 0);
    assert.equal(compareVersions(b, a), 0);
  });

test('no version is the oldest', () => {
  assert.ok(compareVersions(undefined, '0') < 0);
  assert.equal(compareVersions(undefined, ''), 0);
  assert.ok(compareVersions(undefined, '~') > 0, 'except that one');
});

test('serials order as numbers, as far as they go', () => {
  assert.ok(compareVersions('9', '10') < 0);
  assert.ok(
    compareVersions(String(Number.MAX_SAFE_INTEGER - 1), String(Number.MAX_SAFE_INTEGER)) < 0,
  );
});
