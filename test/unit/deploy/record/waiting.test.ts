/** Who waits for a turn, or for whoever removes objects, hears a signal. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Sysroot } from '../../../../src/deploy/host/sysroot.js';
import { withSession } from '../../../../src/deploy/record/with-session.js';
import { RootsealError } from '../../../../src/util/errors.js';
import { noProgress } from '../../../../src/util/progress.js';
import { unlessHung } from '../../../helpers/hang.js';
import { memory } from '../../../helpers/scratch.js';
import { TestSysroot } from '../../../helpers/sysroot.js';

const scratch = fs.mkdtempSync(join(memory(), 'rootseal-test-'));
after(() => {
  fs.rmSync(scratch, { recursive: true });
});

const host = TestSysroot.makeIn(scratch);
const sysroot = Sysroot.at(host.directory);

/** Begins a session while somebody has a lock, and interrupts it. */
async function interruptWaiting(): Promise<void> {
  const interruption = new AbortController();
  const waiting = withSession(
    sysroot,
    { progress: noProgress, now: () => 0, wait: true, signal: interruption.signal },
    () => assert.fail('it got its turn'),
  );
  interruption.abort(new RootsealError('INTERRUPTED', 'interrupted'));
  const what = 'the session to hear the signal';
  await assert.rejects(unlessHung({ what }, waiting), { code: 'INTERRUPTED' });
}

test('who waits for another change of the host is interrupted', () =>
  sysroot.withLock({}, interruptWaiting));

test('who waits for the end of gc is interrupted', async () => {
  const lock = await sysroot.repository().lock('exclusive');
  try {
    await interruptWaiting();
  } finally {
    lock.release();
  }
});
