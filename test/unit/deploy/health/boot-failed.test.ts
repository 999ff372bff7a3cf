import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { reasonFromReport, trialOf } from '../../../../src/deploy/health/boot-failed.js';
import type { Boots, Deployment } from '../../../../src/formats/deployment/deployment.js';
import { EMPTY_RECORD, type DeploymentRecord } from '../../../../src/formats/deployment/record.js';
import {
  printHealthReport,
  type CheckResult,
} from '../../../../src/formats/health/health-report.js';
import { scratchDirectory } from '../../../helpers/scratch.js';

/** Deployments by their names, with what is known about their boots. */
function recordOf(boots: Readonly<Record<string, Boots>>): DeploymentRecord {
  const deployments = Object.entries(boots).map(([id, known]) => ({ id, boots: known }));
  return { ...EMPTY_RECORD, deployments: deployments as unknown as Deployment[] };
}
const counted = true;

test('a boot is on trial when the boot loader counts it and its deployment was never blessed', () => {
  const boots = { new: 'unknown', old: 'good' } as const;
  const onTrial = { counted: true, knownBad: false, hasFallback: true };
  assert.deepEqual(trialOf(recordOf(boots), 'new', counted), onTrial);
  assert.equal(trialOf(recordOf(boots), 'new', false).counted, false);
  // The boot loader's variable stays as it is after the blessing.
  assert.equal(trialOf(recordOf({ ...boots, new: 'good' }), 'new', counted).counted, false);
});

test('a deployment that was bad before is known to be', () => {
  assert.equal(trialOf(recordOf({ new: 'bad', old: 'good' }), 'new', counted).knownBad, true);
});

test('only another deployment that is known to be good is something to go back to', () => {
  const hasFallback = (boots: Readonly<Record<string, Boots>>) =>
    trialOf(recordOf(boots), 'new', counted).hasFallback;
  assert.equal(hasFallback({ new: 'unknown' }), false);
  assert.equal(hasFallback({ new: 'good' }), false);
  assert.equal(hasFallback({ new: 'unknown', old: 'bad' }), false);
  assert.equal(hasFallback({ new: 'unknown', old: 'unknown' }), false);
  const staged = { ...recordOf({ new: 'unknown', next: 'good' }), staged: 'next' };
  assert.equal(trialOf(staged, 'new', counted).hasFallback, false);
  assert.equal(hasFallback({ new: 'unknown', bad: 'bad', old: 'good' }), true);
});

test('the reason is what the required checks said, on one line', (t) => {
  const file = join(scratchDirectory(t), 'health.json');
  const check: CheckResult = {
    name: '20-web',
    level: 'required',
    result: 'failed',
    status: 28,
    timedOut: false,
    milliseconds: 1,
    output: '',
  };
  const write = (...checks: readonly CheckResult[]): void => {
    const report = { version: 1, time: '2026-11-23T12:00:00Z', result: 'failed', checks } as const;
    fs.writeFileSync(file, printHealthReport(report));
  };
  assert.equal(reasonFromReport(file), undefined);
  write({ ...check, level: 'wanted' }, { ...check, result: 'passed' });
  assert.equal(reasonFromReport(file), undefined);
  write(check);
  assert.equal(reasonFromReport(file), 'health check 20-web failed (exit status 28)');
  write({ ...check, status: null, output: 'not run:\nwhy' }, check);
  assert.equal(reasonFromReport(file), 'health check 20-web failed (not run: why), and 1 more');
});
