import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withPlaceInHint, type HintPlace } from '../../../src/cli/hints.js';
import { RootsealError } from '../../../src/util/errors.js';

function hintFor(hint: string, place: HintPlace): string | undefined {
  const error = withPlaceInHint(new RootsealError('FAILED', 'x', { hint }), place);
  assert.ok(error instanceof RootsealError);
  return error.hint;
}

for (const [hint, place, wanted] of [
  ['`rootseal status` lists them', { sysroot: '/s' }, '`rootseal status --sysroot /s` lists them'],
  ['run `rootseal fsck`', { sysroot: '/s' }, 'run `rootseal fsck --sysroot /s`'],
  ['run `rootseal fsck`', { repo: '/r' }, 'run `rootseal fsck --repo /r`'],
  ['`rootseal seal REV`', { sysroot: '/s' }, '`rootseal seal REV --repo /s/composefs`'],
  ['`rootseal status` lists them', { repo: '/r' }, '`rootseal status` lists them'],
  ['make one with `rootseal init DIR`', { sysroot: '/s' }, 'make one with `rootseal init DIR`'],
  ['`rootseal a`, then `rootseal b C`', {}, '`rootseal a`, then `rootseal b C`'],
] as const) {
  test(`the hint ${JSON.stringify(hint)} for ${JSON.stringify(place)} is ${JSON.stringify(wanted)}`, () => {
    assert.equal(hintFor(hint, place), wanted);
  });
}

test('an error keeps its code, details and cause when its hint gets a place', () => {
  const cause = new Error('why');
  const hint = '`rootseal status` tells';
  const error = new RootsealError('LOCKED', 'x', { cause, hint, details: { a: 1 } });
  const placed = withPlaceInHint(error, { sysroot: '/s' });
  assert.ok(placed instanceof RootsealError);
  assert.deepEqual([placed.code, placed.details, placed.cause], ['LOCKED', { a: 1 }, cause]);
});
