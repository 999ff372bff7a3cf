/**
 * The power is cut at random moments of an upgrade, of the shutdown that makes it the default, and of the first boot, which
 * is blessed. The machine comes back each time by itself.
 *
 * One machine does all that. At each moment QEMU is stopped as a kill would stop it (SIGSTOP in place of SIGKILL), and disk and
 * firmware variables are copied: what the machine had in its memory is lost. Each copy is then started.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StatusReport } from '../../src/deploy/status/status-report.js';
import { seedOf } from '../helpers/kill.js';
import { Random } from '../helpers/random.js';
import { scratchDirectory } from '../helpers/scratch.js';
import { fleet } from './qemu/fleet.js';
import { Host, statusOf, untilComplete, type Running } from './qemu/host.js';
import { lacksFirmware } from './qemu/programs.js';
import { Publisher } from './qemu/publisher.js';

/** What is going on when the power goes, and which releases may run when it is back. */
const STAGES = {
  upgrade: ['1'],
  shutdown: ['1', '2'],
  boot: ['2'],
} as const;
type Stage = keyof typeof STAGES;

/** In each stage. Every one is the start of a machine; before rootseal is released, there are more. */
const CUTS = Number(process.env['ROOTSEAL_TEST_POWER_CUTS'] ?? 3);

/** As many machines at a time as there are processors where this is run at least. */
const LANES = 2;
/** Milliseconds between two moments that may be chosen, at most; the first ones come faster, for machines on which a stage is short. */
const STEP_MAX = 1500;
const FULL_STEP_AFTER = 20;

interface Cut {
  readonly stage: Stage;
  /** Since the start of the stage. */
  readonly milliseconds: number;
  readonly host: Host;
}

test(
  'whenever the power is cut during an upgrade, the machine comes back to a deployment that works',
  { skip: lacksFirmware() },
  async (t) => {
    const cuts = await liveThrough(t, scratchDirectory(t, '/var/tmp'));
    assert.equal(cuts.length, CUTS * Object.keys(STAGES).length);
    const lanes = Array.from({ length: LANES }, async () => {
      for (let cut = cuts.pop(); cut !== undefined; cut = cuts.pop()) await comeBack(t, cut);
    });
    await Promise.all(lanes);
  },
);

/** From v1 to v2. */
async function liveThrough(t: TestContext, directory: string): Promise<Cut[]> {
  const random = new Random(seedOf(t));
  const publisher = await Publisher.start(t, fleet().repository);
  publisher.publish('v2');
  const running = await Host.running(t, join(directory, 'host'));
  const { host, agent, machine } = running;
  await agent.run(`rootseal remote add origin http://10.0.2.2:${publisher.port}`);
  const cuts: Cut[] = [];
  const cutDuring = async (stage: Stage, work: Promise<unknown>): Promise<void> => {
    const place = (number: number) => join(directory, `${stage}-${number}`);
    const taken = await sample({ host, running, random, stage, place }, work);
    t.diagnostic(`${stage}: cut after ${taken.map((one) => one.milliseconds).join(', ')} ms`);
    cuts.push(...taken);
  };
  await cutDuring('upgrade', agent.run('rootseal switch origin/main'));
  agent.start('systemctl --no-block reboot');
  const lines = machine.console.lines.length;
  await cutDuring('shutdown', machine.expect(/BdsDxe: starting/, lines));
  await cutDuring(
    'boot',
    agent.ready().then(() => untilComplete(running)),
  );
  await end(running);
  return cuts;
}

interface Sampling {
  readonly host: Host;
  readonly running: Running;
  readonly random: Random;
  readonly stage: Stage;
  readonly place: (number: number) => string;
}

/** Random moments of some work whose length nobody knows: reservoir sampling, which gives each the same chance. */
async function sample(
  { host, running, random, stage, place }: Sampling,
  work: Promise<unknown>,
): Promise<Cut[]> {
  const start = performance.now();
  const cuts: Cut[] = [];
  const state = { going: true };
  const end = work.finally(() => {
    state.going = false;
  });
  for (let seen = 0; ; seen++) {
    const step = STEP_MAX * Math.min(1, (seen + 1) / FULL_STEP_AFTER);
    await Promise.race([sleep(random.next() * step), end]);
    if (!state.going) break;
    const number = seen < CUTS ? seen : random.integer(0, seen);
    if (number >= CUTS) continue;
    const milliseconds = Math.round(performance.now() - start);
    cuts[number] = { stage, milliseconds, host: host.asIfCut(running, place(number)) };
  }
  await end;
  return cuts;
}

async function comeBack(t: TestContext, { stage, milliseconds, host }: Cut): Promise<void> {
  const running = await host.start(t);
  const what = `${stage}, cut after ${milliseconds} ms`;
  assert.ok(
    await running.agent.ready(),
    `${what}: does not start\n${running.machine.console.transcript()}`,
  );
  let report = await statusOf(running);
  const seen = [describe(report)];
  if (!isWell(report)) {
    // What was interrupted is ended, and what is new is found good, when the boot is complete.
    await untilComplete(running);
    report = await statusOf(running);
    seen.push(describe(report));
  }
  t.diagnostic(`${what}: ${seen.join(' -> ')}`);
  assert.ok(isWell(report), `${what}: ${JSON.stringify(report, undefined, 2)}`);
  const booted = report.deployments.find(({ id }) => id === report.booted?.id);
  assert.ok((STAGES[stage] as readonly string[]).includes(booted?.release ?? ''), what);
  await end(running);
  host.remove();
}

/** What runs is the default, known to be good, what the loader starts next, and nothing is left to be done. */
function isWell({
  deployments,
  booted,
  roles,
  loader,
  interrupted,
  problems,
}: StatusReport): boolean {
  const running = deployments.find(({ id }) => id === booted?.id);
  return (
    running?.boots === 'good' &&
    running.id === roles.default &&
    running.id === loader.deployment &&
    interrupted === null &&
    problems.length === 0
  );
}

async function end({ machine }: Running): Promise<void> {
  machine.stop();
  await machine.end();
}

/** For people who read the log of the test. */
function describe({ deployments, interrupted, problems }: StatusReport): string {
  const releases = deployments.map(
    ({ release, roles, boots }) => `${release} is ${boots} (${roles.join(', ')})`,
  );
  const verb = interrupted === null ? [] : [`${interrupted.verb} was interrupted`];
  return [...releases, ...verb, ...problems].join(', ');
}
