/** Random lives of a host: every verb, boots that fail, and power cuts between any two steps. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isUnified, type Deployment } from '../../src/formats/deployment/deployment.js';
import { bootingProblem, writingProblem } from '../../src/formats/deployment/bootable.js';
import {
  printRecord,
  recordProblem,
  type DeploymentRecord,
} from '../../src/formats/deployment/record.js';
import type { Event } from '../../src/deploy/plan/event.js';
import { salvageRecord } from '../../src/deploy/record/salvage.js';
import { RootsealError } from '../../src/util/errors.js';
import { SimulatedHost } from '../helpers/simulated-host.js';

const SEED = Number(process.env['ROOTSEAL_SEED'] ?? 20_261_123);

interface Step {
  readonly verb:
    | 'deploy'
    | 'stage'
    | 'downgrade'
    | 'again'
    | 'shutdown'
    | 'rollback'
    | 'undeploy'
    | 'pin'
    | 'unpin'
    | 'fail'
    | 'prune'
    | 'repair'
    | 'reboot'
    | 'bless'
    | 'rename';
  /** Which deployment, kernel and so on. */
  readonly pick: number;
  /** Whether a new deployment starts from a unified kernel image. */
  readonly unified: boolean;
  /** Whether a new deployment comes up. */
  readonly sound: boolean;
  /** Steps until the power is cut, or the process is killed. */
  readonly cut: number;
  /** Whether it is only the process that ends, and the machine goes on. */
  readonly killed: boolean;
  /** Kernel arguments that somebody asks for besides. */
  readonly line: { readonly count: number; readonly length: number };
  /** Which of the steps that remove fail; all others do not. */
  readonly stuck: number;
}

/** Whatever people, files and images ask for: mostly little, and now and then more than record, entry or kernel can take. */
const line = fc.oneof(
  { weight: 6, arbitrary: fc.record({ count: fc.nat(3), length: fc.nat(40) }) },
  { weight: 1, arbitrary: fc.record({ count: fc.nat(3), length: fc.nat(9000) }) },
  { weight: 1, arbitrary: fc.record({ count: fc.nat(400), length: fc.nat(20) }) },
);

const step: fc.Arbitrary<Step> = fc.record({
  verb: fc.constantFrom(
    'deploy',
    'stage',
    'stage',
    'downgrade',
    'again',
    'shutdown',
    'shutdown',
    'rollback',
    'undeploy',
    'pin',
    'unpin',
    'fail',
    'prune',
    'repair',
    'reboot',
    'bless',
    'rename',
  ),
  pick: fc.nat(5),
  unified: fc.boolean(),
  sound: fc.boolean(),
  cut: fc.oneof(fc.constant(1000), fc.nat(12)),
  killed: fc.boolean(),
  line,
  stuck: fc.constant(0),
});

/** A life in which steps that remove may fail, each of them at any time. */
const stickyStep: fc.Arbitrary<Step> = fc
  .tuple(step, fc.oneof(fc.constant(0), fc.nat(255)))
  .map(([one, stuck]) => ({ ...one, stuck }));

const USUAL: Step = {
  ...{ verb: 'deploy', pick: 0, unified: false, sound: true, cut: 1000, killed: false },
  ...{ line: { count: 0, length: 0 }, stuck: 0 },
};

let numbers = 0;

function newDeployment(host: SimulatedHost, one: Step): Deployment {
  const { pick, unified, sound } = one;
  const hex = (++numbers).toString(16).padStart(64, '0');
  if (sound) host.sound.add(hex);
  return {
    id: hex,
    serial: 0,
    commit: hex,
    image: `v1-sha256-12:${hex}`,
    name: 'os',
    release: '1',
    sequence: 1000 + numbers,
    title: 'OS',
    kernel: unified
      ? { release: '6', hash: `c${pick}`.repeat(16), uki: 1 }
      : { release: '6', hash: String(pick).repeat(32) },
    arguments: [{ value: hex, from: 'rootseal' }, ...argumentsOf(one)],
    keys: [],
    pinned: false,
    boots: 'unknown',
    tries: 3,
    created: host.now(),
  };
}

/** What is said on this machine has no effect on a unified kernel image. */
function argumentsOf({ line: { count, length }, unified }: Step): Deployment['arguments'] {
  return Array.from({ length: count }, (_, index) => ({
    value: `k${index}=${'z'.repeat(length)}`,
    from: index % 2 === 0 && !unified ? 'verb' : 'image:/usr/lib/rootseal/kargs.d/a.toml',
  }));
}

function eventOf(host: SimulatedHost, { verb, pick }: Step, one: Step): Event | undefined {
  const { deployments } = host.record;
  const id = picked(deployments, pick)?.id ?? '';
  switch (verb) {
    case 'deploy':
    case 'stage':
      return { is: 'deploy', deployment: newDeployment(host, one), staged: verb === 'stage' };
    case 'downgrade': {
      // Below whatever the floor is by now.
      const deployment = { ...newDeployment(host, one), sequence: Math.max(1000 - numbers, 1) };
      const floor = deployment.sequence;
      return { is: 'deploy', deployment, staged: pick % 2 === 0, floor };
    }
    case 'shutdown':
      return { is: 'finalize' };
    case 'rollback':
    case 'prune':
    case 'repair':
      return { is: verb };
    case 'undeploy':
      return { is: verb, id };
    case 'pin':
    case 'unpin':
      return { is: 'pin', id, pinned: verb === 'pin' };
    case 'fail':
      // Only what really failed is said to have: the running one, on its first boot.
      return undefined;
    case 'bless':
      return host.running === null
        ? undefined
        : { is: 'bless', id: host.running, time: host.now() };
    case 'rename': {
      const renamed = picked(deployments, pick);
      // An earlier version called it otherwise, or it was signed anew.
      const kernel =
        renamed && isUnified(renamed)
          ? { release: '6', hash: `e${pick}`.repeat(16), uki: 1 }
          : { release: '6', hash: `a${pick}`.repeat(16), sizes: { vmlinuz: 1, initrd: 1 } };
      return renamed && { is: 'rename-kernel', ids: [renamed.id], kernel };
    }
    case 'again':
    case 'reboot':
      return undefined;
  }
}

function picked(deployments: readonly Deployment[], pick: number): Deployment | undefined {
  return deployments[pick % Math.max(deployments.length, 1)];
}

/**
 * The same unified kernel image once more: its state can only have the name of the image, so the deployment of before goes first.
 * Says whether all was done.
 */
function deployAgain(host: SimulatedHost, one: Step): boolean {
  const old = picked(host.record.deployments.filter(isUnified), one.pick);
  if (old === undefined) return true;
  const { id } = old;
  if (!attempt(host, { is: 'undeploy', id }, one.cut, one.stuck)) return false;
  // It is running, the default, pinned, or all that is good.
  if (host.record.deployments.some((known) => known.id === id)) return true;
  const { commit, image, sequence, kernel, arguments: list } = old;
  const deployment: Deployment = {
    ...newDeployment(host, { ...one, sound: false }),
    ...{ id, commit, image, sequence, kernel, arguments: list },
  };
  const event = { is: 'deploy', deployment, staged: one.sound, floor: sequence } as const;
  return attempt(host, event, one.cut, one.stuck);
}

/** Errors that a verb may end in; nothing is changed then. */
function attempt(host: SimulatedHost, event: Event, cut: number, stuck = 0): boolean {
  const before = JSON.stringify([host.record, host.world()]);
  try {
    return host.do(event, cut, stuck);
  } catch (error) {
    if (!(error instanceof RootsealError)) throw error;
    assert.equal(JSON.stringify([host.record, host.world()]), before, 'a refusal changes nothing');
    return true;
  }
}

/** From power on to a blessed boot, as the units do it; each of them may be cut off. */
function start(host: SimulatedHost, cut: number): void {
  for (let round = 0; round < 4; round++) {
    host.boot();
    if (host.running === null) return;
    const observed = {
      is: 'observe',
      booted: host.running,
      exhausted: host.exhausted(),
      time: host.now(),
    } as const;
    if (attempt(host, observed, round === 0 ? cut : Infinity)) break;
  }
  if (host.running !== null)
    attempt(host, { is: 'bless', id: host.running, time: host.now() }, Infinity);
}

function live(steps: readonly Step[]): SimulatedHost {
  const host = new SimulatedHost();
  // A machine is installed with something that comes up.
  const first = { ...USUAL, unified: steps[0]?.unified === true };
  host.do({ is: 'deploy', deployment: newDeployment(host, first), staged: false });
  start(host, Infinity);
  for (const one of steps) {
    const event = eventOf(host, one, one);
    const whole =
      one.verb === 'again'
        ? deployAgain(host, one)
        : event === undefined || attempt(host, event, one.cut, one.stuck);
    assert.equal(recordProblem(host.record), undefined);
    for (const deployment of host.record.deployments)
      assert.equal(bootingProblem(deployment), undefined, 'what is saved can be carried out');
    if ((!whole && !one.killed) || one.verb === 'shutdown' || one.verb === 'reboot')
      start(host, one.cut);
    assert.notEqual(host.running, null);
  }
  return host;
}

test('whatever is done, whatever fails and whenever the power is cut, the host comes up with a deployment that works', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const host = live(steps);
      for (const id of [host.record.default, host.record.rollback, host.running])
        if (id !== null) assert.ok(host.states.has(id), 'what may be booted has its state');
    }),
    { seed: SEED, numRuns: 1500 },
  );
});

test('steps that remove what nobody needs may fail, each at any time: changes go on, and the next repair removes it', () => {
  fc.assert(
    fc.property(fc.array(stickyStep, { maxLength: 40 }), (steps) => {
      const host = live(steps);
      assert.equal(host.do({ is: 'repair' }), true);
      assert.deepEqual(host.plan({ is: 'repair' }).actions, [], 'nothing is left to be done');
      assert.equal(host.choose()?.[1].deployment.id, host.record.default);
    }),
    { seed: SEED, numRuns: 1500 },
  );
});

/** What an earlier version saved: it looked at nothing, and came to the entry of the new deployment last. */
function savedUnseen(host: SimulatedHost, one: Step): DeploymentRecord {
  const { record } = host;
  const isStaged = one.pick % 2 === 0;
  const serial = record.serial + 1;
  const added = { ...newDeployment(host, one), serial };
  const others = record.deployments.filter(({ id }) => id !== record.staged);
  host.states.set(added.id, { hasEtc: !isStaged, edits: 0 });
  host.kernels.add(added.kernel.hash);
  // As gc takes it over; the law about it is one of changes that this version makes.
  host.named.set(added.id, added.commit);
  const { default: before, rollback, booted } = record;
  const roles = isStaged
    ? { default: before, staged: added.id, rollback, intent: null }
    : {
        ...{ default: added.id, staged: null, rollback: before },
        intent: {
          ...{ verb: 'deploy', time: host.now() },
          before: { default: before, staged: null, rollback, booted },
        },
      };
  return { ...record, ...roles, serial, deployments: [added, ...others] };
}

test('of a record with a deployment that cannot be carried out all else is kept, and each verb leads a host out of it', () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 20 }),
      step,
      fc.constantFrom('rollback', 'repair', 'prune', 'bless') as fc.Arbitrary<Step['verb']>,
      (steps, one, verb) => {
        const host = live(steps);
        const standard = host.record.default;
        const saved = savedUnseen(host, one);
        const [added, ...others] = saved.deployments;
        assert.ok(added);
        const isWritable = writingProblem(added) === undefined;
        const salvaged = salvageRecord(Buffer.from(printRecord(saved)));
        assert.ok(salvaged);
        if (isWritable) {
          assert.deepEqual(salvaged, { record: saved, leftOut: [] });
          return;
        }
        assert.deepEqual(
          salvaged.leftOut.map(({ id }) => id),
          [added.id],
        );
        assert.deepEqual(salvaged.record.deployments, others);
        assert.equal(salvaged.record.default, standard);
        host.record = saved;
        const event = eventOf(host, { ...one, verb }, { ...one, verb });
        if (event !== undefined) attempt(host, event, Infinity);
        if (added.id === saved.default && verb === 'rollback')
          assert.equal(host.record.default, standard, 'what could not start is rolled back');
        host.do({ is: 'repair' });
        assert.equal(host.record.intent, null);
        assert.ok(!host.record.deployments.some(({ id }) => id === added.id));
      },
    ),
    { seed: SEED, numRuns: 1500 },
  );
});

test('an interrupted change that is taken up again ends where it would have ended, or where it began', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), step, fc.nat(14), (steps, last, cut) => {
      const numbered = numbers;
      const run = (steps_: readonly Step[]): SimulatedHost => {
        numbers = numbered;
        return live(steps_);
      };
      const ended = run(steps);
      const event = eventOf(ended, last, last);
      if (event === undefined) return;
      const broken = run(steps);
      const original = JSON.stringify({ ...broken.record, intent: null });
      if (event.is === 'deploy' && last.sound) broken.sound.add(event.deployment.id);
      attempt(ended, event, Infinity);
      const whole = attempt(broken, event, cut);
      for (const host of [ended, broken]) host.do({ is: 'repair' });
      const [wanted, found] = [ended, broken].map(({ record }) => strip(record));
      if (found !== wanted)
        assert.equal(
          found,
          strip(JSON.parse(original) as object),
          'before or after, nothing between',
        );
      assert.ok(!whole || found === wanted);
      assert.deepEqual(broken.plan({ is: 'repair' }).actions, [], 'nothing is left to be done');
      assert.equal(broken.record.intent, null);
    }),
    { seed: SEED, numRuns: 1500 },
  );
});

/** Without times, which differ. */
function strip(record: object): string {
  return JSON.stringify(record, (key, value: unknown) =>
    ['time', 'created', 'blessed', 'serial'].includes(key) ? undefined : value,
  );
}

test('rolling back twice leads to where one was', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const host = live(steps);
      const { default: standard, rollback } = host.record;
      const isGood = host.record.deployments.find(({ id }) => id === standard)?.boots === 'good';
      if (rollback === null || !isGood) return;
      host.do({ is: 'rollback' });
      assert.equal(host.record.default, rollback);
      assert.equal(host.choose()?.[1].deployment.id, rollback, 'the boot loader takes it');
      host.do({ is: 'rollback' });
      assert.equal(host.record.default, standard);
      assert.equal(host.choose()?.[1].deployment.id, standard);
    }),
    { seed: SEED, numRuns: 500 },
  );
});

test('what the boot loader takes is what the record calls the default', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const host = live(steps);
      host.do({ is: 'repair' });
      assert.equal(host.choose()?.[1].deployment.id, host.record.default);
    }),
    { seed: SEED, numRuns: 500 },
  );
});

test('verbs that are killed on a sysroot that does not run leave what the boot loader takes in the record', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const host = new SimulatedHost();
      for (const one of steps) {
        const { deployments } = host.record;
        const id = deployments[one.pick % Math.max(deployments.length, 1)]?.id ?? '';
        const event =
          one.verb === 'bless'
            ? ({ is: 'bless', id, time: host.now() } as const)
            : eventOf(host, one, one);
        if (event?.is === 'bless' && !host.sound.has(id)) continue;
        if (event !== undefined) attempt(host, event, one.cut);
      }
      host.do({ is: 'repair' });
      assert.equal(host.choose()?.[1].deployment.id ?? null, host.record.default);
    }),
    { seed: SEED, numRuns: 1500 },
  );
});
