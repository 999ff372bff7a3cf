/** The progress line: what it says, how it follows the speed, how it fits, and when it is shown. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import stringWidth from 'string-width';
import {
  cutToWidth,
  progressLine,
  Rate,
  workingLine,
} from '../../../src/cli/render/progress-line.js';
import { terminalProgress, type ProgressPlace } from '../../../src/cli/render/progress-tty.js';
import { showsProgress } from '../../../src/cli/render/shows-progress.js';
import type { ProgressEvent } from '../../../src/util/progress.js';

const MB = 1_000_000;

function bytes(done: number, total?: number): ProgressEvent {
  return { task: 'fetch', done, unit: 'bytes', ...(total === undefined ? {} : { total }) };
}

/** A rate after `seconds` of so many bytes in each. */
function steady(seconds: number, perSecond: number): Rate {
  const rate = new Rate(0, 0);
  for (let tenth = 1; tenth <= seconds * 10; tenth++)
    rate.add(tenth * 100, (tenth * perSecond) / 10);
  return rate;
}

test('a line has percent, total, rate and time left where they are known', () => {
  const rate = steady(3, 10 * MB);
  assert.equal(
    progressLine(bytes(30 * MB, 100 * MB), rate, 80),
    'fetching: 30 % of 100.0 MB, 10.0 MB/s, 7 s left',
  );
  assert.equal(progressLine(bytes(30 * MB), rate, 80), 'fetching: 30.0 MB, 10.0 MB/s');
  assert.equal(
    progressLine(bytes(30 * MB, 100 * MB), new Rate(0, 0), 80),
    'fetching: 30 % of 100.0 MB',
  );
});

test('no time is told before two seconds were seen, at the end, or when nothing goes on', () => {
  assert.equal(steady(1, MB).secondsTo(100 * MB), undefined);
  assert.equal(Math.round(steady(3, MB).secondsTo(13 * MB) ?? 0), 10);
  const stuck = steady(3, MB);
  stuck.add(3_600_000, 3 * MB);
  assert.equal(stuck.secondsTo(100 * MB), undefined);
  assert.match(progressLine(bytes(100 * MB, 100 * MB), steady(3, MB), 80), /MB\/s$/);
});

test('the rate is smoothed: one chunk does not change it much, some seconds do', () => {
  const rate = steady(10, 10 * MB);
  rate.add(10_100, 100 * MB + 50 * MB);
  assert.ok((rate.perSecond ?? 0) < 25 * MB, String(rate.perSecond));
  const slower = steady(10, 10 * MB);
  for (let second = 11; second <= 30; second++)
    slower.add(second * 1000, 100 * MB + (second - 10) * MB);
  assert.ok(Math.abs((slower.perSecond ?? 0) - MB) < MB / 10, String(slower.perSecond));
  // Many in the same millisecond, and a clock that stands, are no rate.
  const standing = new Rate(5, 0);
  standing.add(5, MB);
  assert.equal(standing.perSecond, undefined);
});

for (const [seconds, shown] of [
  [0.2, '1 s'],
  [99, '99 s'],
  [100, '2 min'],
  [3600, '60 min'],
  [7260, '2 h 01 min'],
] as const)
  test(`${seconds} seconds are shown as ${shown}`, () => {
    assert.equal(workingLine('x', seconds * 1000, 80), `x: ${shown}`);
  });

test('a line is never wider than the terminal, and loses the rate first', () => {
  const rate = steady(3, 10 * MB);
  const event = bytes(30 * MB, 100 * MB);
  assert.equal(progressLine(event, rate, 40), 'fetching: 30 % of 100.0 MB, 7 s left');
  assert.equal(progressLine(event, rate, 30), 'fetching: 30 % of 100.0 MB');
  assert.equal(progressLine(event, rate, 20), 'fe: 30 % of 100.0 MB');
  assert.equal(progressLine(event, rate, 4), 'fetc');
  for (let columns = 1; columns <= 100; columns++)
    assert.ok(stringWidth(progressLine(event, rate, columns)) <= columns);
});

test('wide characters count twice, are not halved, and control characters have no effect', () => {
  assert.equal(cutToWidth('日本語', 5), '日本');
  assert.equal(cutToWidth('e\u0301e\u0301', 1), 'e\u0301');
  assert.equal(cutToWidth('👩‍👩‍👧x', 1), '');
  const event: ProgressEvent = {
    ...{ task: 'hash', done: 1, total: 2, unit: 'bytes' },
    file: 'a\u001b[2Jb\n日本語日本語日本語日本語日本語日本語日本語日本語',
  };
  for (let columns = 1; columns <= 60; columns++) {
    const line = progressLine(event, new Rate(0, 0), columns);
    assert.ok(stringWidth(line) <= columns, line);
    // eslint-disable-next-line no-control-regex -- none of these may be left
    assert.doesNotMatch(line, /[\u0000-\u001f]/);
  }
  assert.match(progressLine(event, new Rate(0, 0), 60), /^hashing a\\x1b\[2Jb.*: 50 % of 2 B$/);
});

/** A terminal with a clock that only the test moves. */
class FakeTerminal {
  time = 0;
  columns: number | undefined = 80;
  shown: string | undefined;
  result = false;
  readonly ticks: (() => void)[] = [];
  readonly resizes: (() => void)[] = [];

  get isShown(): boolean {
    return this.shown !== undefined;
  }

  get place(): ProgressPlace {
    const isShown = (): boolean => this.shown !== undefined;
    const hasResult = (): boolean => this.result;
    return {
      streams: {
        progress: (text) => (this.shown = text),
        get isProgressShown() {
          return isShown();
        },
        get isResultShown() {
          return hasResult();
        },
      },
      columns: () => this.columns,
      now: () => this.time,
      repeat: (action) => this.ticks.push(action),
      onResize: (action) => this.resizes.push(action),
    };
  }

  tick(time: number): void {
    this.time = time;
    for (const tick of this.ticks) tick();
  }
}

test('nothing is shown in the first second; then what was told last, though nothing more comes', () => {
  const terminal = new FakeTerminal();
  const progress = terminalProgress(terminal.place, 'pulling');
  progress(bytes(1, 2));
  terminal.tick(999);
  assert.ok(!terminal.isShown);
  terminal.tick(1000);
  assert.match(terminal.shown ?? '', /^fetching: 50 % of 2 B/);
});

test('work that tells nothing is named with how long it takes, until a result stands on the terminal', () => {
  const terminal = new FakeTerminal();
  terminalProgress(terminal.place, 'comparing');
  terminal.tick(3000);
  assert.equal(terminal.shown, 'comparing: 3 s');
  terminal.shown = undefined;
  terminal.tick(4000);
  assert.equal(terminal.shown, undefined, 'what was erased does not come back by itself');
  const other = new FakeTerminal();
  terminalProgress(other.place, 'reading');
  other.result = true;
  other.tick(3000);
  assert.equal(other.shown, undefined);
});

test('after a step that is done, what comes next is not shown as that step', () => {
  const terminal = new FakeTerminal();
  const progress = terminalProgress(terminal.place, 'installing');
  terminal.time = 2000;
  progress(bytes(2, 2));
  assert.match(terminal.shown ?? '', /^fetching: 100 %/);
  terminal.tick(2500);
  assert.equal(terminal.shown, 'installing: 2 s');
});

test('a line that was shown is drawn again at once when the terminal gets narrower, and not when none is shown', () => {
  const terminal = new FakeTerminal();
  const progress = terminalProgress(terminal.place, undefined);
  terminal.time = 2000;
  progress(bytes(1, 2));
  terminal.columns = 12;
  for (const resize of terminal.resizes) resize();
  assert.ok(stringWidth(terminal.shown ?? '') <= 11, terminal.shown);
  terminal.shown = undefined;
  for (const resize of terminal.resizes) resize();
  assert.equal(terminal.shown, undefined);
});

test('at most ten lines a second are written, and a terminal of unknown width counts as 80', () => {
  const terminal = new FakeTerminal();
  const progress = terminalProgress(terminal.place, undefined);
  terminal.columns = 0;
  terminal.time = 2000;
  progress(bytes(1, 4));
  terminal.time = 2050;
  progress(bytes(3, 4));
  assert.match(terminal.shown ?? '', /25 %/);
  terminal.time = 2100;
  progress(bytes(3, 4));
  assert.match(terminal.shown ?? '', /75 %/);
});

test('progress is for a terminal that can write over a line, without --quiet, and NO_COLOR does not matter', () => {
  const terminal = { isTerminal: true, quiet: false, env: { TERM: 'xterm', NO_COLOR: '1' } };
  assert.equal(showsProgress(terminal), true);
  assert.equal(showsProgress({ ...terminal, isTerminal: false }), false);
  assert.equal(showsProgress({ ...terminal, quiet: true }), false);
  assert.equal(showsProgress({ ...terminal, env: { TERM: 'dumb' } }), false);
});
