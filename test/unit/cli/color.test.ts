import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choosePaint } from '../../../src/cli/render/color.js';
import { shownText } from '../../../src/util/streams.js';

for (const [wanted, isTerminal, env, coloured] of [
  [undefined, true, {}, true],
  [undefined, false, {}, false],
  [undefined, true, { NO_COLOR: '1' }, false],
  [undefined, true, { NO_COLOR: '' }, true],
  [undefined, true, { TERM: 'dumb' }, false],
  [false, true, {}, false],
  [true, false, { NO_COLOR: '1' }, true],
] as const) {
  const option = wanted === undefined ? 'no option' : wanted ? '--color' : '--no-color';
  const where = isTerminal ? 'a terminal' : 'a pipe';
  test(`${option}, ${where} and ${JSON.stringify(env)} give ${coloured ? '' : 'no '}colour`, () => {
    const painted = shownText(choosePaint(wanted, isTerminal, env)('bad', 'text'));
    assert.equal(painted, coloured ? '\u001b[31mtext\u001b[39m' : 'text');
  });
}

test('titles are bold and have no colour, since yellow is a warning', () => {
  const paint = choosePaint(true, true, {});
  assert.equal(shownText(paint('title', 'text')), '\u001b[1mtext\u001b[22m');
  assert.equal(shownText(paint('warning', 'text')), '\u001b[33mtext\u001b[39m');
});
