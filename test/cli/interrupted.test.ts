/** What changes leave that were killed at a moment that a test chooses, and what the next one makes of it. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { DeploymentRecord } from '../../src/formats/deployment/record.js';
import { TestSysroot } from '../helpers/sysroot.js';

const RECORD = 'state/deployments.json';

/** Two releases; the first is deployed and good, the second staged. */
function staged(t: TestContext): TestSysroot {
  const sysroot = TestSysroot.make(t);
  sysroot.expect(['deploy', sysroot.release('1')]);
  sysroot.expect(['bless', 'default']);
  sysroot.expect(['deploy', sysroot.release('2'), '--stage']);
  return sysroot;
}

function recordOf(sysroot: TestSysroot): DeploymentRecord {
  return JSON.parse(fs.readFileSync(sysroot.file(RECORD), 'utf8')) as DeploymentRecord;
}

/** As if a change had come to save its record, and no further. */
function leaveIntent(sysroot: TestSysroot, verb: string, before: DeploymentRecord): void {
  const { default: standard, staged, rollback, booted } = before;
  const intent = {
    verb,
    time: '2026-01-01T00:00:00Z',
    before: { default: standard, staged, rollback, booted },
  };
  fs.writeFileSync(sysroot.file(RECORD), JSON.stringify({ ...recordOf(sysroot), intent }));
}

test('what a record is made again from is brought up to date after an interruption', (t) => {
  const sysroot = staged(t);
  const file = sysroot.state('default', 'deployment.json');
  const [before, old] = [recordOf(sysroot), fs.readFileSync(file)];
  sysroot.expect(['pin', 'default']);
  const wanted = fs.readFileSync(file);
  assert.notDeepEqual(old, wanted);
  fs.writeFileSync(file, old);
  leaveIntent(sysroot, 'pin', before);
  sysroot.expect(['repair']);
  assert.deepEqual(fs.readFileSync(file), wanted);
  assert.equal(sysroot.status().interrupted, null);
});

test('a shutdown that was interrupted before the boot entry was written is done again, and its stamp says of what', (t) => {
  const sysroot = staged(t);
  const before = recordOf(sysroot);
  const old = sysroot.state('default', 'etc');
  sysroot.expect(['finalize-staged']);
  leaveIntent(sysroot, 'finalize', before);
  fs.rmSync(sysroot.file('boot/loader/entries/rootseal-os-2+3.conf'));
  fs.writeFileSync(join(old, 'late'), 'late\n');
  const rules = join(old, 'rootseal/etc.d');
  fs.mkdirSync(rules, { recursive: true });
  fs.writeFileSync(join(rules, '10-site.conf'), 'nonsense\n');
  sysroot.expect(['finalize-staged'], 17);
  assert.equal(sysroot.status().finalizeFailure?.id, before.staged);
  assert.match(sysroot.status().finalizeFailure?.error ?? '', /10-site\.conf/);
  fs.rmSync(rules, { recursive: true });
  sysroot.expect(['finalize-staged']);
  assert.equal(sysroot.role('default'), '2');
  assert.equal(fs.readFileSync(sysroot.state('default', 'etc/late'), 'utf8'), 'late\n');
  assert.equal(sysroot.status().finalizeFailure, null);
});
