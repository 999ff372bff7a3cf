import assert from 'node:assert/strict';
import { test } from 'node:test';
import { distanceOf, nearest } from '../../../../src/cli/usage/nearest.js';

const COMMANDS = ['log', 'ls', 'status', 'verity', 'verify', 'commit', 'branch'];

for (const [word, guess] of [
  ['loq', 'log'],
  ['sl', 'ls'],
  ['statsu', 'status'],
  ['brnch', 'branch'],
  ['comit', 'commit'],
  ['verfy', 'verify'],
  // Two letters away, or far: a guess would only mislead.
  ['foo', undefined],
  ['version', undefined],
  ['x', undefined],
  ['', undefined],
] as const) {
  test(`${JSON.stringify(word)} may have been ${guess ?? 'nothing that is known'}`, () => {
    assert.equal(nearest(word, COMMANDS), guess);
  });
}

test('the distance counts letters that are missing, too many, wrong or exchanged', () => {
  for (const [a, b, distance] of [
    ['abc', 'abc', 0],
    ['abc', 'ac', 1],
    ['abc', 'abcd', 1],
    ['abc', 'axc', 1],
    ['abc', 'acb', 1],
    ['', 'abc', 3],
    ['abc', 'cab', 2],
  ] as const) {
    assert.equal(distanceOf(a, b), distance, `${a} ${b}`);
    assert.equal(distanceOf(b, a), distance, `${b} ${a}`);
  }
});
