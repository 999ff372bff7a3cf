/** What `rootseal status` says of each deployment, for people. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Context } from '../../../src/cli/context.js';
import { deploymentLines } from '../../../src/cli/render/status-deployments.js';
import type { StatusDeployment, StatusReport } from '../../../src/deploy/status/status-report.js';

const NONE = { upgraded: 0, downgraded: 0, changed: 0, added: 0, removed: 0 };
const COMMIT = 'c'.repeat(64);

function deployment(release: string, facts: Partial<StatusDeployment>): StatusDeployment {
  return {
    ...{ id: 'ad41c4aa7ed7'.padEnd(64, '0'), serial: 1, roles: [], name: 'debian', release },
    ...{ sequence: 1, commit: COMMIT, image: '', keys: ['release'], keysFrom: 'record' },
    ...{ boots: 'good', pinned: false, kernel: { release: '6.12', hash: '' }, arguments: [] },
    ...{ origin: null, created: '2026-11-23T10:00:00Z', blessed: null, failure: null },
    ...{ entry: null, conflicts: [], packages: null },
    ...facts,
  };
}

function linesOf(packages: StatusDeployment['packages'], verbose = false): string[] {
  const deployments = [
    deployment('2', { roles: ['booted', 'default'], keysFrom: 'boot' }),
    deployment('1', { roles: ['rollback'], packages }),
  ];
  const context = { verbose, paint: (_: string, text: string) => text } as unknown as Context;
  const report = { deployments, roles: { booted: null, default: null } } as unknown as StatusReport;
  return deploymentLines(context, report);
}

test('how many packages a deployment changes is told, and nothing of one with the same packages', () => {
  const heads = linesOf(null);
  assert.deepEqual(heads, [
    '* 2  running   ad41c4aa7ed7  signed by release',
    '  1  rollback  ad41c4aa7ed7  by the record, release',
  ]);
  assert.deepEqual(linesOf({ since: COMMIT, ...NONE }), heads);
  assert.deepEqual(linesOf({ since: COMMIT, ...NONE, downgraded: 37, removed: 2 }), [
    ...heads,
    '    37 packages downgraded, 2 removed',
  ]);
  assert.ok(
    linesOf({ since: COMMIT, ...NONE }, true).includes('    packages    no package changed'),
  );
});
