/** Kills `rootseal` at every stop point and at random moments, and looks at what is left. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { checkRepository } from '../../src/repo/fsck/fsck.js';
import type { Finding } from '../../src/repo/fsck/fsck-finding.js';
import { TMP_DIR } from '../../src/repo/layout.js';
import { readRef } from '../../src/repo/refs.js';
import { Repository } from '../../src/repo/repository.js';
import { noProgress } from '../../src/util/progress.js';
import type { StopPoint } from '../../src/util/stop-point.js';
import { Random } from './random.js';
import { listPasses, runProgram, Stoppable, type Ended, type StartOptions } from './stoppable.js';

/** Part of the random kills whose moment is a time since the start; the others come at or after a random stop point. */
const BY_TIME = 0.3;
/** Part of those at a stop point that come a little later, in milliseconds up to this. */
const LATER = 0.5;
const LATER_MS = 8;
/** Part of those at a stop point that come when something is changed already. */
const LATE = 0.7;

/** A command that is killed again and again, and what its runs came to. */
export interface KillPlan {
  /** Arguments of `rootseal`, without `--repo`. */
  readonly args: readonly string[];
  /** A status besides 0 that is not a failure: 77 where the killed command had done everything. */
  readonly otherStatus?: number;
  /** Every stop point that it passes when it has all kinds of work: it is killed at each. Without, at random moments alone. */
  readonly points?: readonly StopPoint[];
  /** How many times it is to be killed at random moments besides. */
  readonly kills: number;
  /** Makes work for the command, before each time that it is killed; all kinds of it when it is to be `thorough`. */
  readonly prepare: (random: Random, thorough: boolean) => Promise<void>;
  /**
   * Called after each kill with what `fsck` finds then, and once more when the command has run to its end.
   * Says whether it saw something half done.
   */
  readonly check: (findings: readonly Finding[], state: 'killed' | 'done') => boolean;
}

/** When a command is killed: at a pass of a stop point, so many milliseconds after it or after the start. */
export interface Moment {
  /** Value of `ROOTSEAL_STOP_AT`. */
  readonly stopAt?: string;
  readonly after: number;
}

/** Seed of this run: `ROOTSEAL_TEST_SEED` repeats one. */
export function seedOf(t: TestContext): number {
  const given = process.env['ROOTSEAL_TEST_SEED'];
  const seed = given === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(given);
  t.diagnostic(`ROOTSEAL_TEST_SEED=${seed}`);
  return seed;
}

/** Prepares, kills, checks, runs the same command again and checks again: at each stop point, then at random moments. */
export async function killOften(t: TestContext, repository: string, plan: KillPlan): Promise<void> {
  const bench = new KillBench(repository, plan, new Random(seedOf(t)));
  const { points } = plan;
  if (points !== undefined) await bench.killAtEachPoint(points);
  await bench.killAtRandom();
  const { halfDone } = bench;
  t.diagnostic(`${plan.kills} random kills; ${halfDone} of all left something half done`);
  if (points !== undefined) assert.ok(halfDone > 0, 'no kill left something half done');
}

class KillBench {
  halfDone = 0;
  private readonly repository: string;
  private readonly plan: KillPlan;
  private readonly random: Random;
  private readonly args: readonly string[];

  constructor(repository: string, plan: KillPlan, random: Random) {
    this.repository = repository;
    this.plan = plan;
    this.random = random;
    this.args = ['--repo', repository, ...plan.args];
  }

  /** At the first pass of each, and at another one of those that are passed several times. */
  async killAtEachPoint(points: readonly StopPoint[]): Promise<void> {
    const { plan, random } = this;
    await plan.prepare(random, true);
    const passes = listPasses(await succeed(this.args, 0, { stopAt: 'list' }));
    assert.deepEqual([...new Set(passes)].sort(), [...points].sort());
    for (const point of points) {
      const first = await this.killOnce({ stopAt: point, after: 0 }, true);
      assert.equal(first.stoppedAt, point, `${plan.args.join(' ')} does not come to ${point}`);
      const count = passes.filter((pass) => pass === point).length;
      const further = { stopAt: `${point}:${random.integer(2, Math.max(count, 2))}`, after: 0 };
      if (count > 1) await this.killOnce(further, true);
    }
  }

  /** A command that ends before its moment is not killed: then the next one is, at a stop point that it comes to. */
  async killAtRandom(): Promise<void> {
    const { plan, random } = this;
    await plan.prepare(random, false);
    const whole = await succeed(this.args, plan.otherStatus, { stopAt: 'list' });
    const usual = { passes: listPasses(whole).length, milliseconds: whole.milliseconds };
    let missed = false;
    for (let kills = 0, attempt = 0; kills < plan.kills; attempt++) {
      assert.ok(attempt < 10 * plan.kills, 'the command does not come to its stop points');
      const moment = missed ? { stopAt: 'any', after: 0 } : randomMoment(random, usual);
      const { signal, milliseconds } = await this.killOnce(moment, false);
      missed = signal !== 'SIGKILL';
      if (missed) usual.milliseconds = milliseconds;
      else kills++;
    }
  }

  private async killOnce(moment: Moment, thorough: boolean): Promise<Ended> {
    const { plan, repository, random, args } = this;
    await plan.prepare(random, thorough);
    const ended = await killAt(args, moment);
    assert.ok(ended.signal === 'SIGKILL' || ended.status === 0, ended.stderr);
    if (plan.check(await findingsOf(repository), 'killed')) this.halfDone++;
    await succeed(args, plan.otherStatus);
    plan.check(await findingsOf(repository), 'done');
    return ended;
  }
}

/** What a run of a command to its end comes to. */
export interface Usual {
  readonly passes: number;
  /** The pass from which on it has changed something, if there is one: half of the moments come from then on. */
  readonly middle?: number;
  readonly milliseconds: number;
}

export function randomMoment(random: Random, usual: Usual): Moment {
  if (random.next() < BY_TIME) return { after: random.next() * usual.milliseconds };
  const after = random.next() < LATER ? random.next() * LATER_MS : 0;
  const least = random.next() < LATE ? Math.max(usual.middle ?? 1, 1) : 1;
  return { stopAt: `any:${random.integer(least, usual.passes)}`, after };
}

/** Starts a command and kills it at this moment, unless it ends before. */
export async function killAt(
  args: readonly string[],
  { stopAt, after }: Moment,
  options: StartOptions = {},
): Promise<Ended> {
  if (stopAt !== undefined && after === 0)
    return runProgram(args, { ...options, stopAt: `${stopAt},kill` });
  const running = new Stoppable(args, { ...options, ...(stopAt === undefined ? {} : { stopAt }) });
  if (stopAt !== undefined) {
    if (!(await running.stopped())) return running.ended;
    running.resume();
  }
  await Promise.race([running.ended, delay(after, undefined, { ref: false })]);
  return running.kill();
}

/** A tree of directories with files of 0 bytes to a few MB, links and hard links. Returns the files' paths. */
export function makeTree(directory: string, random: Random, files: number): string[] {
  const paths: string[] = [];
  for (let index = 0; index < files; index++) {
    const parent = path.join(directory, `d${index % 16}`, `e${index % 3}`);
    fs.mkdirSync(parent, { recursive: true });
    const file = path.join(parent, `f${index}`);
    fs.writeFileSync(file, random.bytes(sizeOf(index, random)));
    paths.push(file);
    if (index % 10 === 0) fs.linkSync(file, `${file}-link`);
    if (index % 16 === 0) fs.symlinkSync(`f${index}`, `${file}-symlink`);
  }
  return paths;
}

function sizeOf(index: number, random: Random): number {
  if (index % 100 === 99) return random.integer(1 << 20, 3 << 20);
  if (index % 7 === 0) return random.integer(0, 64);
  return random.integer(0, 12_000);
}

/** The branch, which must hold a commit. */
export function branchOf(repository: string, name = 'main'): string {
  const id = readRef(Repository.open(repository), 'branch', name);
  assert.ok(id !== undefined, `branch ${name} is gone`);
  return id;
}

/** Everything in `tmp/`. */
export function leftoversOf(repository: string): string[] {
  return fs.readdirSync(path.join(repository, TMP_DIR));
}

async function findingsOf(repository: string): Promise<readonly Finding[]> {
  return (await checkRepository(Repository.open(repository), { progress: noProgress })).findings;
}

async function succeed(
  args: readonly string[],
  otherStatus = 0,
  options: StartOptions = {},
): Promise<Ended> {
  const ended = await runProgram(args, options);
  assert.ok(ended.status === 0 || ended.status === otherStatus, ended.stderr);
  return ended;
}
