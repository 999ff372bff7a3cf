/** Verbs of a host are killed at random moments, one after the other, and nothing is ever ended in peace in between. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Sysroot } from '../../src/deploy/host/sysroot.js';
import { entryId } from '../../src/deploy/plan/reconcile.js';
import { loadRecord } from '../../src/deploy/record/store.js';
import { collectStatus } from '../../src/deploy/status/collect.js';
import type { StatusReport } from '../../src/deploy/status/report.js';
import type { Digest } from '../../src/util/digest.js';
import { checkRepository } from '../../src/repo/fsck/fsck.js';
import { imageHex } from '../../src/formats/deployment/deployment.js';
import { objectsOf } from '../../src/formats/tree/objects.js';
import { readImage } from '../../src/repo/images.js';
import { objectSize } from '../../src/repo/objects.js';
import { PROGRAM } from '../helpers/cli.js';
import { seedOf } from '../helpers/kill.js';
import { Random } from '../helpers/random.js';
import { TestSysroot } from '../helpers/sysroot.js';

const KILLS = 500;
/** They live side by side, for processors that have nothing to do. */
const HOSTS = [0, 1];
/** How long a verb writes, about, in milliseconds, and how long of that after it saved the record. */
const WRITING_MS = 60;
const AFTER_RECORD_MS = 6;
const RECORD = 'deployments.json';
/** Weight of the latest run in the estimate of how long a verb takes. */
const LATEST = 0.3;
/** Part of the kills that come before a verb does its work. */
const EARLY = 0.1;
/** Verbs that run to their end in between, so that the lives of hosts differ. */
const ENDED = 0.2;

test('verbs that are killed 500 times leave hosts that boot something good, with all that they need', async (t) => {
  const seed = seedOf(t);
  const halfDone = await Promise.all(HOSTS.map((host) => live(t, new Random(seed + host))));
  const sum = halfDone.reduce((all, one) => all + one, 0);
  t.diagnostic(`${KILLS} kills, ${sum} of them in the middle of a change`);
  assert.ok(sum > KILLS / 50, `only ${sum} kills left something half done`);
});

/** A host from its first deployment to the last kill. Says after how many kills a change was half done. */
async function live(t: TestContext, random: Random): Promise<number> {
  const sysroot = TestSysroot.make(t);
  const releases = ['1', '2', '3', '4'].map((version, index) =>
    sysroot.release(version, { kernel: index % 2 === 0 ? 'even' : 'odd' }),
  );
  sysroot.expect(['deploy', releases[0] ?? '']);
  fs.writeFileSync(sysroot.state('default', 'etc/mine'), 'mine\n');
  sysroot.expect(['bless', 'default']);
  const halfDone = await killOften(sysroot, () => verbOf(random, releases), random);
  sysroot.expect(['repair']);
  const status = look(sysroot);
  assert.deepEqual(status.problems, []);
  assert.equal(status.interrupted, null);
  const repository = Sysroot.at(sysroot.directory).repository();
  assert.deepEqual((await checkRepository(repository, () => undefined)).findings, []);
  return halfDone;
}

function verbOf(random: Random, releases: readonly string[]): readonly string[] {
  const release = releases[random.integer(0, releases.length - 1)] ?? '';
  const verbs = [
    ['deploy', release, '--allow-downgrade'],
    ['deploy', release, '--stage', '--allow-downgrade'],
    ['deploy', release, '--stage', '--allow-downgrade', '--karg', `n=${random.integer(0, 9)}`],
    ['finalize-staged'],
    ['finalize-staged'],
    ['rollback'],
    ['rollback'],
    ['bless', 'default'],
    ['bless', 'default'],
    ['gc'],
    ['undeploy', 'rollback'],
    ['repair'],
  ];
  return verbs[random.integer(0, verbs.length - 1)] ?? [];
}

/** Says after how many kills a change was half done. */
async function killOften(
  sysroot: TestSysroot,
  verb: () => readonly string[],
  random: Random,
): Promise<number> {
  let [kills, halfDone] = [0, 0];
  const started = performance.now();
  sysroot.expect(['status']);
  const start = 0.8 * (performance.now() - started);
  // How long each verb takes that has something to do.
  const whole = new Map<string, number>();
  for (let attempt = 0; kills < KILLS / HOSTS.length; attempt++) {
    assert.ok(attempt < 6 * KILLS, 'verbs are hardly ever killed: they end too early');
    const words = verb();
    const where =
      words[0] === 'gc' ? ['--repo', sysroot.repository.path] : ['--sysroot', sysroot.directory];
    const early = random.next() < EARLY;
    const name = words[0] ?? '';
    const usual = whole.get(name) ?? 2.5 * start;
    const moment = early ? random.next() * start : start + random.next() * (usual - start);
    const end = random.next() < ENDED ? Infinity : moment;
    const began = performance.now();
    // Half of them while something is being written: that is a small part of a verb's time. Half of those once the record is saved.
    const watched = end !== Infinity && random.next() < 0.5;
    const isForRecord = random.next() < 0.5;
    const moments = watched
      ? {
          after: random.next() * (isForRecord ? AFTER_RECORD_MS : WRITING_MS),
          of: sysroot,
          isForRecord,
        }
      : { after: end };
    const ended = await runAndKill([...words, ...where], moments);
    if (ended === 'killed') kills++;
    if (ended === 'done' && end === Infinity)
      whole.set(name, usual + LATEST * (performance.now() - began - usual));
    const status = look(sysroot);
    if (status.interrupted !== null) halfDone++;
  }
  return halfDone;
}

/** When a verb is killed: so many milliseconds after it started, or after the host's state, or its record, was first written. */
interface Moment {
  readonly after: number;
  readonly of?: TestSysroot;
  readonly isForRecord?: boolean;
}

/** How it ended. A verb may be refused; it may not fail otherwise. */
async function runAndKill(
  args: readonly string[],
  { after, of, isForRecord = false }: Moment,
): Promise<'killed' | 'done' | 'refused'> {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<{ status: number | null; signal: string | null }>((resolve) => {
    child.once('close', (status, signal) => {
      resolve({ status, signal });
    });
  });
  const killLater = (): void => {
    void delay(after, undefined, { ref: false }).then(() => child.kill('SIGKILL'));
  };
  const watchers = of === undefined ? [] : watch(of.directory, isForRecord, killLater);
  if (of === undefined && after !== Infinity) killLater();
  const { status, signal } = await ended;
  for (const watcher of watchers) watcher.close();
  if (signal === 'SIGKILL') return 'killed';
  // 77: nothing to do. 1: what must not be done. 10: there is no such role.
  assert.ok([0, 1, 10, 77].includes(status ?? -1), `${args.join(' ')}: ${status ?? ''} ${stderr}`);
  assert.doesNotMatch(stderr, /internal|TypeError|at file:/);
  return status === 0 ? 'done' : 'refused';
}

/** Calls back when something is written to the state of a host, or to its ESP; or to its record alone. */
function watch(directory: string, isForRecord: boolean, changed: () => void): fs.FSWatcher[] {
  let called = false;
  return ['state', 'state/deploy', 'boot/loader/entries', 'boot/rootseal'].map((place) =>
    fs.watch(join(directory, place), (_event, name) => {
      // The lock is taken before anything is done.
      if (called || name === 'lock' || (isForRecord && name !== RECORD)) return;
      called = true;
      changed();
    }),
  );
}

/** Status never fails, and what the boot loader will start has all that it needs. */
function look(sysroot: TestSysroot): StatusReport {
  const at = Sysroot.at(sysroot.directory);
  const status = collectStatus(at, undefined);
  const record = loadRecord(at);
  const next = record.deployments.find((one) => entryId(one) === status.loader.entry);
  assert.ok(next, `the boot loader starts what the record knows: ${status.loader.entry ?? ''}`);
  assert.ok(
    record.deployments.some(({ boots }) => boots === 'good'),
    'something good is kept',
  );
  const repository = at.repository();
  // No boot loader lists what is being written, `.new`.
  for (const file of sysroot.entries().filter((name) => name.endsWith('.conf'))) {
    const entry = fs.readFileSync(sysroot.file(`boot/loader/entries/${file}`), 'utf8');
    // The state is named where it is not that of the image alone, and then comes later.
    const [, id] =
      /^options .*(?:rootseal\.state=|composefs\.digest=v1-\S+:)(\S+)/m.exec(entry) ?? [];
    const one = record.deployments.find((known) => known.id === id);
    assert.ok(one, `the record knows what ${file} starts`);
    const place = sysroot.file(`state/deploy/${one.id}`);
    assert.equal(fs.readFileSync(join(place, 'etc/mine'), 'utf8'), 'mine\n', 'edits of /etc stay');
    assert.ok(fs.existsSync(join(place, 'var/lib')));
    for (const file of ['vmlinuz', 'initrd'])
      assert.ok(fs.existsSync(sysroot.file(`boot/rootseal/${one.kernel.hash}/${file}`)));
    for (const digest of objectsOf(readImage(repository, imageHex(one) as Digest)))
      assert.ok(objectSize(repository, digest) !== undefined, `object ${digest} is there`);
  }
  return status;
}
