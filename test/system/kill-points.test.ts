/** Each verb that changes a host is killed at every stop point that it passes; then it is called again, or `repair` is. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Sysroot } from '../../src/deploy/host/sysroot.js';
import { repair } from '../../src/deploy/verbs/repair.js';
import { checkRepository } from '../../src/repo/fsck/fsck.js';
import { deleteRef } from '../../src/repo/refs.js';
import { forEachBounded } from '../../src/util/async.js';
import { noProgress } from '../../src/util/progress.js';
import type { StopPoint } from '../../src/util/stop-point.js';
import { look } from '../helpers/host-look.js';
import { HostStages } from '../helpers/host-stages.js';
import { killAt } from '../helpers/kill.js';
import { newSigner } from '../helpers/secure-boot-keys.js';
import { listPasses, runProgram } from '../helpers/stoppable.js';
import { PASSED_BY } from '../helpers/stop-points.js';
import type { TestSysroot } from '../helpers/sysroot.js';

/** Side by side, for processors that have nothing to do. */
const LANES = 2;
const NOW = 1_900_000_000;
/** A kill there is the same as one at the point before or after: what was not flushed is there after a kill, too. */
const ALIKE: ReadonlySet<StopPoint> = new Set<StopPoint>(['file-named', 'boot-file-named']);

const stages = new HostStages();
after(() => {
  stages.remove();
});
const { base } = stages;
const [first, second, third] = stages.releases;

const signer = newSigner(stages.scratch, 'later');

/** Release 2 is staged, and starts from a unified kernel image; the others do not. */
const staged = stages.after(base, ['deploy', second, '--uki', '--stage']);
/** Release 2 is the default and was not booted yet, release 1 is what it falls back to. */
const tried = stages.after(staged, ['finalize-staged']);
/** It was booted, and is good. */
const good = stages.after(tried, ['bless', 'default']);
/** Release 3 is the default after it, and is good. */
const left = stages.after(good, ['deploy', third, '--no-uki'], ['bless', 'default']);
/** Nothing else is there any more. */
const alone = stages.after(good, ['undeploy', 'rollback']);

interface Scenario {
  readonly args: readonly string[];
  readonly host: TestSysroot;
  /** What is done to a copy of the host before each run. */
  readonly prepare?: (host: TestSysroot) => void | Promise<void>;
  /** Exit status of a run to its end. */
  readonly status?: number;
  /** Whether the host lacks something until the run has ended. */
  readonly isDamaged?: boolean;
}

const scenarios: Readonly<Record<string, Scenario>> = {
  'a deployment with another kernel': { args: ['deploy', third], host: base },
  'a deployment from a unified kernel image': { args: ['deploy', second, '--uki'], host: base },
  'a deployment that takes the place of another': {
    args: ['deploy', third, '--no-uki'],
    host: tried,
  },
  'a unified kernel image that takes the place of itself': {
    args: ['deploy', second, '--uki', '--allow-downgrade'],
    host: left,
  },
  'a staged deployment': { args: ['deploy', second, '--uki', '--stage'], host: base },
  'another staged deployment': {
    args: ['deploy', third, '--no-uki', '--stage', '--karg-append', 'quiet'],
    host: staged,
  },
  'a downgrade': {
    args: ['deploy', first, '--allow-downgrade'],
    host: stages.after(
      base,
      ['deploy', second],
      ['bless', 'default'],
      ['undeploy', 'rollback'],
      ['bless', 'default'],
    ),
  },
  'the end of a shutdown': { args: ['finalize-staged'], host: staged },
  'the end of a shutdown that fails': {
    args: ['finalize-staged'],
    host: staged,
    status: 17,
    prepare: (host) => {
      const rules = host.state('default', 'etc/rootseal/etc.d');
      fs.mkdirSync(rules, { recursive: true });
      fs.writeFileSync(join(rules, '10-site.conf'), 'nonsense\n');
    },
  },
  'a rollback': { args: ['rollback'], host: tried },
  'a good boot that raises the floor': { args: ['bless', 'default'], host: alone },
  'a good boot': { args: ['bless', 'default'], host: tried },
  'the removal of a deployment': { args: ['undeploy', 'rollback'], host: good },
  'a repair of what is missing': {
    args: ['repair'],
    host: tried,
    isDamaged: true,
    prepare: (host) => {
      const [entry = ''] = host.entries();
      const [kernel = ''] = host.kernels();
      fs.rmSync(host.file(`boot/loader/entries/${entry}`));
      const [file = ''] = fs.readdirSync(host.file(`boot/rootseal/${kernel}`));
      fs.rmSync(host.file(`boot/rootseal/${kernel}/${file}`));
    },
  },
  'a repair without a record': {
    args: ['repair'],
    host: tried,
    isDamaged: true,
    prepare: (host) => {
      const [place = ''] = fs.readdirSync(host.file('state/deploy'));
      const directory = host.file(`state/deploy/${place}`);
      fs.cpSync(directory, `${directory}.7`, { recursive: true, verbatimSymlinks: true });
      fs.rmSync(host.file('state/deployments.json'));
    },
  },
  'new signatures of what is deployed': {
    args: ['deploy', second],
    host: good,
    prepare: (host) => {
      host.repository.expect(['uki', 'build', second, ...signer]);
    },
  },
  gc: {
    args: ['gc'],
    host: tried,
    prepare: async (host) => {
      await deleteRef(Sysroot.at(host.directory).repository(), 'branch', 'main');
    },
  },
};

const passed = new Set<StopPoint>();

for (const [name, scenario] of Object.entries(scenarios))
  test(`${name} that is killed at any stop point leaves a host that boots, and is ended by the next change`, async () => {
    const names = await passesOf(scenario);
    for (const point of names) passed.add(point);
    const moments = [...names.keys()].filter((index) => {
      const point = names[index];
      return point !== undefined && !(ALIKE.has(point) && names.indexOf(point) < index);
    });
    await forEachBounded(moments, LANES, async (index) => {
      await killAndLook(scenario, index, names[index]);
    });
  });

test('these verbs pass all stop points that there are for deployments', () => {
  const own = new Set<StopPoint>(PASSED_BY.deployments);
  const others = new Set<StopPoint>(PASSED_BY.gc);
  assert.deepEqual([...passed].filter((point) => !others.has(point)).sort(), [...own].sort());
});

async function prepared({ host, prepare }: Scenario): Promise<TestSysroot> {
  const copy = stages.copyOf(host);
  await prepare?.(copy);
  return copy;
}

function wordsFor({ args }: Scenario, host: TestSysroot): readonly string[] {
  const isGc = args[0] === 'gc';
  return [...args, ...(isGc ? ['--repo', host.repository.path] : ['--sysroot', host.directory])];
}

/** Stop points that a run to its end passes, one after the other. */
async function passesOf(scenario: Scenario): Promise<StopPoint[]> {
  const host = await prepared(scenario);
  const ended = await runProgram(wordsFor(scenario, host), { stopAt: 'list' });
  assert.equal(ended.status, scenario.status ?? 0, ended.stderr);
  await checkWhole(host);
  const names = listPasses(ended);
  assert.ok(names.length > 0, 'it does something');
  return names;
}

/** Kills it at one pass. After every other one it is called again; after all of them, `repair` has what is left to do. */
async function killAndLook(
  scenario: Scenario,
  index: number,
  point: StopPoint | undefined,
): Promise<void> {
  const host = await prepared(scenario);
  const words = wordsFor(scenario, host);
  const ended = await killAt(words, { stopAt: `any:${index + 1}`, after: 0 });
  const where = `pass ${index + 1}, ${point ?? ''}`;
  assert.equal(ended.signal, 'SIGKILL', where);
  assert.equal(ended.stoppedAt, point, where);
  if (scenario.isDamaged !== true) {
    const { interrupted } = look(host).status;
    if (point === 'record-saved') assert.notEqual(interrupted, null, where);
    // An older release is let in by nothing but the record that deploys it.
    if (interrupted === null) assert.ok(floorOf(host) >= recordedFloor(host), where);
  }
  if (index % 2 === 0) {
    const again = await runProgram(words);
    const expected = [0, 10, 77, scenario.status];
    assert.ok(expected.includes(again.status ?? -1), `${where}: ${again.stderr}`);
    look(host);
  }
  await repair(Sysroot.at(host.directory), { progress: noProgress, now: () => NOW });
  await checkWhole(host);
  fs.rmSync(host.scratch, { recursive: true });
}

/** What the boot program would read. */
function floorOf(host: TestSysroot): number {
  return Number(fs.readFileSync(host.file('state/sequence-floor'), 'utf8'));
}

function recordedFloor(host: TestSysroot): number {
  const record = fs.readFileSync(host.file('state/deployments.json'), 'utf8');
  return (JSON.parse(record) as { floor: number }).floor;
}

/** Nothing is interrupted and nothing amiss. */
async function checkWhole(host: TestSysroot): Promise<void> {
  const { status } = look(host);
  // Of a shutdown that failed it is told until something else is staged.
  const amiss = status.problems.filter((problem) => !problem.includes('10-site.conf'));
  assert.deepEqual(amiss, []);
  assert.equal(status.interrupted, null);
  const repository = Sysroot.at(host.directory).repository();
  const { findings } = await checkRepository(repository, { progress: noProgress });
  assert.deepEqual(findings, []);
}
