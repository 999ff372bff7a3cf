import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cleanup, forEachBounded } from '../../../src/util/async.js';

test('at most the given number of tasks run at the same time', async () => {
  let running = 0;
  let most = 0;
  await forEachBounded(Array(20).keys(), 3, async () => {
    most = Math.max(most, ++running);
    await new Promise(setImmediate);
    running--;
  });
  assert.equal(most, 3);
});

test('after a failure no further task starts, and running ones are waited for', async () => {
  const started: number[] = [];
  let ended = 0;
  const work = forEachBounded([0, 1, 2, 3, 4, 5], 2, async (item) => {
    started.push(item);
    await new Promise(setImmediate);
    ended++;
    if (item === 0) throw new Error('first');
  });
  await assert.rejects(work, { message: 'first' });
  assert.equal(ended, started.length);
  assert.ok(started.length <= 3);
});

test('clean-up runs in reverse order and goes on after a failure', async () => {
  const order: string[] = [];
  const cleanup = new Cleanup();
  cleanup.defer(() => {
    order.push('first');
  });
  cleanup.defer(() => {
    order.push('second');
    throw new Error('broken');
  });
  cleanup.defer(() => {
    order.push('third');
  });
  await assert.rejects(cleanup.run(), { message: 'broken' });
  assert.deepEqual(order, ['third', 'second', 'first']);
});
