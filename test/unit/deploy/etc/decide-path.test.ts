/** Every combination of states, against the rules of docs/formats/sysroot.md said in another way. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decide, type Decision, type Sides } from '../../../../src/deploy/etc/decide-path.js';

interface State {
  readonly kind: 'file' | 'symlink';
  readonly value: number;
}

/** Three files, so that all three sides can differ, and two symbolic links. */
const STATES: readonly (State | undefined)[] = [
  undefined,
  { kind: 'file', value: 1 },
  { kind: 'file', value: 2 },
  { kind: 'file', value: 3 },
  { kind: 'symlink', value: 1 },
  { kind: 'symlink', value: 2 },
];

function same(a: State | undefined, b: State | undefined): boolean {
  return a?.kind === b?.kind && a?.value === b?.value;
}

function* combinations(): Generator<Sides<State>> {
  for (const base of STATES)
    for (const mine of STATES) for (const theirs of STATES) yield { base, mine, theirs };
}

function forAll(
  check: (sides: Sides<State>, decision: Decision, result: State | undefined) => void,
) {
  for (const sides of combinations()) {
    const decision = decide(sides, undefined, same);
    check(sides, decision, decision.take === 'mine' ? sides.mine : sides.theirs);
  }
}

test('what is unchanged here becomes what the new image has', () => {
  forAll(({ base, mine, theirs }, decision, result) => {
    if (!same(base, mine)) return;
    assert.ok(same(result, theirs));
    assert.equal(decision.conflict, undefined);
  });
});

test('what was changed, added or deleted here stays so', () => {
  forAll(({ base, mine }, _decision, result) => {
    if (!same(base, mine)) assert.ok(same(result, mine));
  });
});

test('a conflict is exactly where both sides changed a path in different ways', () => {
  forAll(({ base, mine, theirs }, { conflict, replaced }) => {
    const both = !same(base, mine) && !same(base, theirs) && !same(mine, theirs);
    assert.equal(conflict !== undefined, both);
    assert.equal(replaced, undefined);
    if (conflict === undefined) return;
    const isType = mine !== undefined && theirs !== undefined && mine.kind !== theirs.kind;
    const expected = mine === undefined ? 'deleted' : isType ? 'type' : 'both-changed';
    assert.equal(conflict, expected);
  });
});

test('a rule "keep" leaves what is here, changed or not, and never makes a conflict', () => {
  for (const sides of combinations()) {
    const { base, mine } = sides;
    const isNew = base === undefined && mine === undefined;
    assert.deepEqual(decide(sides, 'keep', same), { take: isNew ? 'theirs' : 'mine' });
  }
});

test('a rule "image" takes the image\'s, and tells when that replaces a change', () => {
  for (const sides of combinations()) {
    const { base, mine, theirs } = sides;
    const replaced = !same(base, mine) && !same(mine, theirs);
    const expected = replaced ? { take: 'theirs', replaced } : { take: 'theirs' };
    assert.deepEqual(decide(sides, 'image', same), expected);
  }
});
