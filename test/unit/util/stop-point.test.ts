import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RootsealError } from '../../../src/util/errors.js';
import { armStopPoints, STOP_POINTS, stopPoint } from '../../../src/util/stop-point.js';
import { PASSED_BY } from '../../helpers/stop-points.js';

test('a stop point that nobody asked for does nothing, and neither does one that was asked for by another name', () => {
  for (const point of STOP_POINTS) stopPoint(point);
  armStopPoints('file-named,kill');
  for (const point of STOP_POINTS) if (point !== 'file-named') stopPoint(point);
  armStopPoints(`any:${STOP_POINTS.length + 1},kill`);
  for (const point of STOP_POINTS) stopPoint(point);
});

test('no two stop points have the same name', () => {
  assert.equal(new Set(STOP_POINTS).size, STOP_POINTS.length);
});

for (const text of [
  '',
  'nowhere',
  'file-named:0',
  'file-named:',
  'file-named,stop',
  'list:2',
  'any ',
])
  test(`"${text}" is refused as a stop point`, () => {
    assert.throws(
      () => {
        armStopPoints(text);
      },
      (error) => error instanceof RootsealError && error.code === 'USAGE',
    );
  });

test('every stop point is passed by a command that a kill test kills there', () => {
  const passed = new Set<string>(Object.values(PASSED_BY).flat());
  assert.deepEqual([...passed].sort(), [...STOP_POINTS].sort());
});
