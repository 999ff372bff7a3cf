import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decideAfterFailure,
  endFailedBoot,
  type Trial,
  type TrialActions,
} from '../../../../src/deploy/health/trial.js';

const ON_TRIAL: Trial = { counted: true, knownBad: false, hasFallback: true };

test('a failed boot is left exactly when it is counted, was not known to be bad, and there is a good one', () => {
  const both = [false, true];
  for (const counted of both)
    for (const knownBad of both)
      for (const hasFallback of both)
        assert.equal(
          decideAfterFailure({ counted, knownBad, hasFallback }),
          counted && !knownBad && hasFallback ? 'reboot' : 'stay',
        );
});

/** Notes what is done in order. */
function actions(
  trial: Trial,
  change: Partial<TrialActions> = {},
): TrialActions & { did: string[] } {
  const did: string[] = [];
  return {
    did,
    trial: () => Promise.resolve(trial),
    markFailed: (reason) => Promise.resolve(void did.push(`mark ${reason}`)),
    reboot: () => Promise.resolve(void did.push('reboot')),
    remark: () => undefined,
    ...change,
  };
}

test('a boot on trial is marked bad before the machine reboots', async () => {
  const machine = actions(ON_TRIAL);
  assert.equal(await endFailedBoot('check x', machine), 'reboot');
  assert.deepEqual(machine.did, ['mark check x', 'reboot']);
});

test('a boot that is not on trial is neither marked nor left', async () => {
  const machine = actions({ ...ON_TRIAL, counted: false });
  assert.equal(await endFailedBoot('check x', machine), 'stay');
  assert.deepEqual(machine.did, []);
});

test('the machine reboots also when the deployment cannot be marked', async () => {
  const markFailed = () => Promise.reject(new Error('the disk is full'));
  const machine = actions(ON_TRIAL, { markFailed });
  await assert.rejects(endFailedBoot('check x', machine), /the disk is full/);
  assert.deepEqual(machine.did, ['reboot']);
});
