/** What efi_fnmatch of systemd 257 says. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lowerAscii, matchesPattern } from '../../../../src/formats/boot-loader/pattern.js';

const ROWS: readonly (readonly [pattern: string, name: string, matches: boolean])[] = [
  ['', '', true],
  ['', 'a', false],
  ['a', 'a', true],
  ['a', 'ab', false],
  ['ab', 'a', false],
  ['*', '', true],
  ['*', 'abc', true],
  ['rootseal-*', 'rootseal-os-1.conf', true],
  ['rootseal-*', 'rootseal.conf', false],
  ['*-1.conf', 'rootseal-os-1.conf', true],
  ['*-1.conf', 'rootseal-os-11.conf', false],
  ['*a*a*', 'banana', true],
  ['*a*a*a*a*', 'banana', false],
  ['**a', 'ba', true],
  ['a?c', 'abc', true],
  ['a?', 'a', false],
  ['?', '', false],
  ['*?', 'a', true],
  ['*?', '', false],
  ['\\*', '*', true],
  ['\\*', 'a', false],
  ['\\a', 'a', true],
  ['a\\', 'a', false],
  ['a\\', 'a\\', false],
  ['[abc]', 'b', true],
  ['[abc]', 'd', false],
  ['[abc]', '', false],
  ['[a-c]x', 'bx', true],
  ['[a-c]', 'd', false],
  ['[c-a]', 'b', false],
  ['[-a]', '-', true],
  ['[a-]', '-', true],
  ['[]]', ']', true],
  ['[]a]', 'a', true],
  ['[]', ']', false],
  ['[a', 'a', false],
  ['[a', '[a', false],
  ['[!a]', 'a', true],
  ['[!a]', 'b', false],
  ['[a-c-f]', 'e', false],
  ['[a-c-f]', '-', true],
  ['[a-c-f]', 'f', true],
  ['[\\]]', ']', true],
  ['[a\\-c]', 'b', false],
  ['[a\\-c]', '-', true],
  ['[a-\\c]', 'b', true],
  ['[a-\\', 'a', false],
  ['A', 'a', false],
];

for (const [pattern, name, matches] of ROWS)
  test(`${JSON.stringify(pattern)} ${matches ? 'matches' : 'does not match'} ${JSON.stringify(name)}`, () => {
    assert.equal(matchesPattern(name, pattern), matches);
  });

test('a pattern that is longer than any name matches nothing', () => {
  assert.equal(matchesPattern('a', '*'.repeat(255)), true);
  assert.equal(matchesPattern('a', '*'.repeat(256)), false);
});

test('case is folded in ASCII only', () => {
  assert.equal(lowerAscii('AZÄaz'), 'azÄaz');
});
