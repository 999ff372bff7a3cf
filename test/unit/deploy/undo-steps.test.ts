/** What is undone at the end of an installation, and who is told when that cannot be done. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UndoSteps } from '../../../src/deploy/install/undo-steps.js';

function failing(message: string): () => void {
  return () => {
    throw new Error(message);
  };
}

test('steps are undone in the reverse order, those for a failure only after one', async () => {
  const done: string[] = [];
  const work = (end: () => void) =>
    UndoSteps.around(
      (line) => assert.fail(line),
      (undo) => {
        undo.add(() => done.push('first'));
        undo.onFailure(() => done.push('on failure'));
        undo.add(() => done.push('last'));
        end();
        return Promise.resolve();
      },
    );
  await work(() => undefined);
  assert.deepEqual(done.splice(0), ['last', 'first']);
  await assert.rejects(work(failing('no room')), { message: 'no room' });
  assert.deepEqual(done, ['last', 'on failure', 'first']);
});

test('the failure of the work is thrown, and what could not be undone is told', async () => {
  const told: string[] = [];
  const work = UndoSteps.around(
    (line) => told.push(line),
    (undo) => {
      undo.add(failing('busy'));
      failing('no room')();
      return Promise.resolve();
    },
  );
  await assert.rejects(work, { message: 'no room' });
  assert.deepEqual(told, ['not undone: busy']);
});

test('after work that was done, what could not be undone first is thrown, and the rest is told', async () => {
  const told: string[] = [];
  const work = UndoSteps.around(
    (line) => told.push(line),
    (undo) => {
      undo.add(failing('second'));
      undo.add(failing('first'));
      return Promise.resolve();
    },
  );
  await assert.rejects(work, { message: 'first' });
  assert.deepEqual(told, ['not undone: second']);
});

test('at the end of the process what could not be undone is told by the same way', async () => {
  const told: string[] = [];
  const before = process.listeners('exit');
  let go = (): void => undefined;
  const work = UndoSteps.around(
    (line) => told.push(line),
    async (undo) => {
      undo.add(failing('busy'));
      await new Promise<void>((resolve) => (go = resolve));
    },
  );
  const [added] = process.listeners('exit').filter((one) => !before.includes(one));
  assert.ok(added);
  added.call(process, 0);
  assert.deepEqual(told, ['not undone: busy']);
  go();
  await work;
  assert.deepEqual(process.listeners('exit'), before);
});
