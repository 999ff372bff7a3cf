/** Health checks that run for real, in directories of this test. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { findChecks, type HealthPlaces } from '../../src/deploy/health/find-checks.js';
import {
  describeCheck,
  OUTPUT_MAX,
  runHealthChecks,
  saveReport,
} from '../../src/deploy/health/run-checks.js';
import { parseHealthReport, type CheckResult } from '../../src/formats/health/health-report.js';
import { until } from '../helpers/hang.js';
import { scratchDirectory } from '../helpers/scratch.js';

/** Directories of a machine and of an image. */
class Places implements HealthPlaces {
  readonly directories: readonly string[];
  readonly owner = process.getuid?.() ?? 0;
  readonly scratch: string;

  constructor(t: TestContext) {
    this.scratch = scratchDirectory(t);
    this.directories = ['etc', 'usr'].map((name) => join(this.scratch, name));
  }

  /** `place` is like `etc required 10-name`. */
  file(place: string): string {
    const [whose = '', level = '', name = ''] = place.split(' ');
    const folder = join(this.scratch, whose, 'health.d', `${level}.d`);
    fs.mkdirSync(folder, { recursive: true, mode: 0o755 });
    return join(folder, name);
  }

  check(place: string, script: string, mode = 0o755): string {
    const file = this.file(place);
    fs.writeFileSync(file, `#!/bin/sh\n${script}\n`);
    fs.chmodSync(file, mode);
    return file;
  }

  async run(): Promise<CheckResult[]> {
    const { checks } = await runHealthChecks(this, 1_800_000_000);
    return [...checks];
  }

  /** The only check. */
  async runOne(): Promise<CheckResult> {
    const [check, ...others] = await this.run();
    assert.deepEqual(others, []);
    return check!;
  }
}

test('checks run in the order of names, required ones first, and say how they ended', async (t) => {
  const places = new Places(t);
  places.check('usr wanted 10-a', 'echo oh; exit 7');
  places.check('usr required 20-b', 'echo to stdout; echo to stderr >&2');
  places.check('etc required 10-c', 'kill -SEGV $$');
  const checks = await places.run();
  assert.deepEqual(
    checks.map(({ level, name, result, status, signal }) => [level, name, result, status, signal]),
    [
      ['required', '10-c', 'failed', null, 'SIGSEGV'],
      ['required', '20-b', 'passed', 0, undefined],
      ['wanted', '10-a', 'failed', 7, undefined],
    ],
  );
  assert.deepEqual(checks.map(describeCheck), ['was ended by SIGSEGV', '', 'exit status 7']);
  assert.deepEqual(checks[1]?.output.split('\n').sort(), ['', 'to stderr', 'to stdout']);
});

test('a file of the machine takes the place of one of the image, and a link to /dev/null takes it away', async (t) => {
  const places = new Places(t);
  places.check('usr required 10-a', 'exit 1');
  places.check('etc required 10-a', 'exit 0');
  places.check('usr required 20-b', 'exit 1');
  fs.symlinkSync('/dev/null', places.file('etc required 20-b'));
  const check = await places.runOne();
  assert.deepEqual([check.name, check.result], ['10-a', 'passed']);
});

test('what a check started is killed with it when its time is up', async (t) => {
  const places = new Places(t);
  const pids = join(places.scratch, 'pids');
  const script = `sleep 100000 & echo $! >${pids}; echo waiting; touch ${pids}.all; sleep 100000`;
  places.check('etc required slow', script);
  // On a machine that is so busy that it is not even started in its time, it gets more.
  for (let seconds = 1; !fs.existsSync(`${pids}.all`); seconds *= 4) {
    const config = `[check slow]\ntimeout=${seconds}\n`;
    fs.writeFileSync(join(places.directories[0]!, 'health.conf'), config);
    const check = await places.runOne();
    assert.deepEqual([check.result, check.timedOut], ['failed', true]);
    assert.equal(describeCheck(check), `took longer than ${seconds} s`);
    if (fs.existsSync(`${pids}.all`)) assert.equal(check.output, 'waiting\n');
    if (fs.existsSync(pids)) await gone(fs.readFileSync(pids, 'utf8'));
  }
});

test('what a check leaves running is killed when it ends, and does not hold up the others', async (t) => {
  const places = new Places(t);
  const pids = join(places.scratch, 'pids');
  places.check('etc required leaves', `sleep 100000 & echo $! >${pids}`);
  const check = await places.runOne();
  assert.equal(check.result, 'passed');
  await gone(fs.readFileSync(pids, 'utf8'));
});

test('only the end of a long output is kept', async (t) => {
  const places = new Places(t);
  places.check('etc wanted loud', 'head -c 10000000 /dev/zero | tr "\\0" x; echo end; exit 1');
  const { output } = await places.runOne();
  assert.equal(output, `${'x'.repeat(OUTPUT_MAX - 4)}end\n`);
});

test('a check that others may change is not run, and fails', async (t) => {
  const places = new Places(t);
  const ran = join(places.scratch, 'ran');
  places.check('etc required mine', `touch ${ran}`, 0o775);
  const check = await places.runOne();
  assert.equal(check.result, 'failed');
  assert.match(check.output, /^not run: others may write to it \(mode 0775\)$/);
  fs.chmodSync(places.file('etc required mine'), 0o755);
  fs.chmodSync(join(places.directories[0]!, 'health.d/required.d'), 0o777);
  assert.match((await places.runOne()).output, /others may write to its directory \(mode 0777\)/);
  const stranger = { directories: places.directories, owner: places.owner + 1 };
  assert.match(findChecks(stranger)[0]?.obstacle?.why ?? '', /belongs to user \d+, not to \d+/);
  assert.equal(fs.existsSync(ran), false);
});

test('what cannot be a check is skipped or fails, but is always told', async (t) => {
  const places = new Places(t);
  places.check('etc required README', 'exit 1', 0o644);
  places.check('etc required old~', 'exit 1');
  places.check('etc required .hidden', 'exit 1');
  fs.symlinkSync('nowhere', places.file('etc required dangling'));
  fs.mkdirSync(places.file('etc required folder'));
  fs.writeFileSync(places.file('etc required interpreter'), '#!/nonexistent\n', { mode: 0o755 });
  fs.writeFileSync(`${places.file('etc required odd')} name`, '', { mode: 0o755 });
  const checks = await places.run();
  const expected = [
    ['README', 'skipped', /^it is not executable$/],
    ['dangling', 'failed', /^it is a link that leads nowhere$/],
    ['folder', 'skipped', /^it is not a file$/],
    ['interpreter', 'failed', /required\.d\/interpreter cannot be started: .*no such file/],
    ['odd name', 'failed', /^its name has other characters/],
  ] as const;
  assert.equal(checks.length, expected.length);
  for (const [index, [name, result, output]] of expected.entries()) {
    const check = checks[index];
    assert.deepEqual([check?.name, check?.result, check?.status], [name, result, null]);
    assert.match(check?.output ?? '', output);
  }
});

test('time limits that cannot be read do not stop the checks, and are told', async (t) => {
  const places = new Places(t);
  places.check('etc required good', 'exit 0');
  fs.writeFileSync(join(places.directories[0]!, 'health.conf'), 'timeout=soon\n');
  const [config, good] = await places.run();
  assert.deepEqual(
    [config?.name, config?.level, config?.result],
    ['health.conf', 'wanted', 'failed'],
  );
  assert.match(config?.output ?? '', /health\.conf: line 1: the time limit/);
  assert.equal(good?.result, 'passed');
});

test('the report is saved where there is a place for it, and reads as what it says', async (t) => {
  const places = new Places(t);
  places.check('usr required 10-a', 'exit 3');
  const report = await runHealthChecks(places, 1_800_000_000);
  assert.equal(report.result, 'failed');
  assert.equal(report.time, '2027-01-15T08:00:00Z');
  assert.equal(saveReport(report, join(places.scratch, 'none/health.json')), false);
  const file = join(places.scratch, 'health.json');
  assert.equal(saveReport(report, file), true);
  assert.deepEqual(parseHealthReport(fs.readFileSync(file)), report);
});

/** Returns when the process has gone; a file that was not written to says nothing. */
async function gone(file: string): Promise<void> {
  if (file === '') return;
  const pid = Number(file);
  // A process that was killed and that nobody has asked about yet is still listed, as a zombie.
  const isRunning = (): boolean => {
    try {
      return !/^State:\s+[ZX]/m.test(fs.readFileSync(`/proc/${pid}/status`, 'utf8'));
    } catch {
      return false;
    }
  };
  await until({ what: `process ${pid} to be killed`, pids: [pid] }, () => !isRunning());
}
