/** Long work with pauses: what is heard in them, and what becomes of work that is given up. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RootsealError } from '../../../src/util/errors.js';
import { untilAborted, withPauses, withPausesBetween } from '../../../src/util/pauses.js';
import { atOnce, type Steps } from '../../../src/util/steps.js';
import { unlessHung } from '../../helpers/hang.js';

const REASON = new RootsealError('TERMINATED', 'interrupted');

function* count(steps: number): Steps<number> {
  let done = 0;
  for (; done < steps; done++) yield;
  return done;
}

/** Work without an end, which tells when it was given up. */
function* endless(onEnd: () => void): Steps<never> {
  try {
    for (;;) yield;
  } finally {
    onEnd();
  }
}

test('work in steps has the same result at once and with pauses', async () => {
  assert.equal(atOnce(count(1000)), 1000);
  assert.equal(await withPauses(count(1000), undefined), 1000);
  assert.equal(await withPauses(count(0), undefined), 0);
});

test('work without an end is given up when its signal is aborted by a timer, and is cleared up', async () => {
  const interruption = new AbortController();
  setTimeout(() => {
    interruption.abort(REASON);
  }, 1);
  let hasEnded = false;
  const work = withPauses(
    endless(() => (hasEnded = true)),
    interruption.signal,
  );
  await assert.rejects(unlessHung({ what: 'the work to be given up' }, work), REASON);
  assert.ok(hasEnded);
});

test('an error of a step is thrown as it is', async () => {
  const work = (function* (): Steps<void> {
    yield;
    throw REASON;
  })();
  await assert.rejects(withPauses(work, undefined), REASON);
});

test('a stream whose items are always there is ended by its signal', async () => {
  const interruption = new AbortController();
  setTimeout(() => {
    interruption.abort(REASON);
  }, 1);
  const items = (async function* () {
    for (;;) yield await Promise.resolve(1);
  })();
  const reading = (async () => {
    for await (const item of withPausesBetween(items, interruption.signal)) assert.equal(item, 1);
  })();
  await assert.rejects(unlessHung({ what: 'the stream to end' }, reading), REASON);
});

/** Three items, and then none for ever. */
async function* hanging(onEnd: () => void): AsyncGenerator<number> {
  try {
    for (const item of [1, 2, 3]) yield await Promise.resolve(item);
    await new Promise(() => undefined);
  } finally {
    onEnd();
  }
}

test('a source that hangs is left when the signal is aborted, with all that came before', async () => {
  const interruption = new AbortController();
  const items: number[] = [];
  const reading = (async () => {
    for await (const item of untilAborted(
      hanging(() => undefined),
      interruption.signal,
    )) {
      items.push(item);
      if (item === 3)
        setImmediate(() => {
          interruption.abort(REASON);
        });
    }
  })();
  await assert.rejects(unlessHung({ what: 'the source to be left' }, reading), REASON);
  assert.deepEqual(items, [1, 2, 3]);
});

test('a source that is left early is ended, and one that fails fails', async () => {
  let hasEnded = false;
  const source = hanging(() => (hasEnded = true));
  for await (const item of untilAborted(source, new AbortController().signal))
    if (item === 2) break;
  assert.ok(hasEnded);
  const failing = (async function* (): AsyncGenerator<number> {
    yield await Promise.resolve(1);
    throw REASON;
  })();
  const read = async (): Promise<void> => {
    for await (const item of untilAborted(failing, new AbortController().signal))
      assert.equal(item, 1);
  };
  await assert.rejects(read(), REASON);
});
