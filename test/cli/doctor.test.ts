/** `rootseal doctor` on this machine, whatever it can do. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { rootseal } from '../helpers/cli.js';
import { asNobody, reasonForNoNobody } from '../helpers/nobody.js';
import { expectStatus, TestRepository } from '../helpers/repository.js';
import { scratchDirectory } from '../helpers/scratch.js';

interface Report {
  readonly purpose: string | null;
  readonly ok: boolean;
  readonly checks: readonly {
    name: string;
    result: string;
    found: string;
    requiredFor: string[];
  }[];
}

/** What is loaded and mounted. */
function stateOfKernel(): string {
  return ['/proc/modules', '/proc/filesystems', '/proc/self/mountinfo', '/proc/partitions']
    .map((file) => (fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : ''))
    .map((text) => text.replaceAll(/ \d+ (?=[^\n]* Live )/g, ' '))
    .join('\n');
}

for (const purpose of ['host', 'release', 'test'])
  test(`doctor --for ${purpose} ends with 3 exactly when something required is lacking`, (t) => {
    const { path } = TestRepository.make(t);
    const { stdout, status } = rootseal(['doctor', '--for', purpose, '--repo', path, '--json']);
    const report = JSON.parse(stdout) as Report;
    const lacking = report.checks.filter(
      ({ result, requiredFor }) => result === 'lacks' && requiredFor.includes(purpose),
    );
    assert.equal(report.ok, lacking.length === 0);
    assert.equal(status, report.ok ? 0 : 3);
    assert.equal(report.purpose, purpose);
    const space = report.checks.find(({ name }) => name === 'space');
    assert.ok(space?.found.endsWith(path), space?.found);
  });

test('doctor changes nothing, and leaves no file', (t) => {
  const scratch = scratchDirectory(t);
  const before = stateOfKernel();
  const said = expectStatus(rootseal(['doctor'], { env: { TMPDIR: scratch } }));
  assert.equal(stateOfKernel(), before);
  assert.deepEqual(fs.readdirSync(scratch), []);
  assert.match(said, /^(?:ok|lacks) {4,} kernel +Linux \d/m);
  assert.match(said, /^\d+ checks: \d+ lacking, \d+ unknown$/m);
});

const cannotBeNobody = reasonForNoNobody();

test('an ordinary user is told what only root could ask', { skip: cannotBeNobody }, (t) => {
  const through = asNobody(t);
  const { stdout, status, stderr } = rootseal(['doctor', '--json'], { through });
  assert.equal(status, 0, stderr);
  const { checks } = JSON.parse(stdout) as Report;
  const result = (wanted: string) => checks.find(({ name }) => name === wanted)?.result;
  assert.equal(result('root'), 'lacks');
  assert.notEqual(result('overlayfs-verity'), 'ok');
});

test('a directory that is not there is said, and not taken for a lack', (t) => {
  const missing = join(scratchDirectory(t), 'none');
  const { status, stderr } = rootseal(['doctor', '--repo', missing]);
  assert.equal(status, 10);
  assert.match(stderr, /none: no such (?:file or )?directory/);
});
