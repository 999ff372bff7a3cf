/** Kills `rootseal` at random moments and looks at what is left. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { checkRepository } from '../../src/repo/fsck/fsck.js';
import type { Finding } from '../../src/repo/fsck/finding.js';
import { TMP_DIR } from '../../src/repo/layout.js';
import { readRef } from '../../src/repo/refs.js';
import { Repository } from '../../src/repo/repository.js';
import { PROGRAM } from './cli.js';
import { Random } from './random.js';

/** Part of the kills that come before the command does its work; the others come while it does. */
const EARLY = 0.05;
/** Weight of the latest run in the estimate of how long a command takes. */
const LATEST = 0.3;

interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
  readonly milliseconds: number;
}

/** A command that is killed again and again, and what its runs came to. */
export interface KillPlan {
  /** Arguments of `rootseal`, without `--repo`. */
  readonly args: readonly string[];
  /** A status besides 0 that is no failure: 77 where the killed command had done everything. */
  readonly otherStatus?: number;
  /** How many times the command is to be killed. */
  readonly kills: number;
  /** Makes work for the command, before each time that it is killed. */
  readonly prepare: (random: Random) => Promise<void>;
  /**
   * Called after each kill with what `fsck` finds then, and once more when the command has run to its end.
   * Says whether it saw something half done.
   */
  readonly check: (findings: readonly Finding[], state: 'killed' | 'done') => boolean;
}

/** Seed of this run: `ROOTSEAL_TEST_SEED` repeats one. */
export function seedOf(t: TestContext): number {
  const given = process.env['ROOTSEAL_TEST_SEED'];
  const seed = given === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(given);
  t.diagnostic(`ROOTSEAL_TEST_SEED=${seed}`);
  return seed;
}

/** Prepares, kills, checks, runs the same command again and checks again, until the plan's number is reached. */
export async function killOften(t: TestContext, repository: string, plan: KillPlan): Promise<void> {
  const random = new Random(seedOf(t));
  const args = ['--repo', repository, ...plan.args];
  await plan.prepare(random);
  let whole = (await succeed(args)).milliseconds;
  const early = await measureStart(repository);
  let kills = 0;
  let halfDone = 0;
  for (let attempt = 0; kills < plan.kills; attempt++) {
    assert.ok(attempt < 4 * plan.kills, 'the command is hardly ever killed: it ends too early');
    await plan.prepare(random);
    const moment =
      random.next() < EARLY
        ? random.next() * early
        : early + random.next() * Math.max(whole - early, 1);
    const ended = await kill(args, moment);
    if (ended.signal === 'SIGKILL') kills++;
    else whole += LATEST * (ended.milliseconds - whole);
    if (plan.check(await findingsOf(repository), 'killed')) halfDone++;
    const again = await succeed(args, plan.otherStatus);
    // One that found nothing to do says nothing about how long the work takes.
    if (again.status === 0) whole += LATEST * (again.milliseconds - whole);
    plan.check(await findingsOf(repository), 'done');
  }
  t.diagnostic(
    `${kills} kills between ${early.toFixed()} and ${whole.toFixed()} ms, ${halfDone} of them in the middle of the work`,
  );
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
  return (await checkRepository(Repository.open(repository), () => undefined)).findings;
}

/** Milliseconds until a command does something. */
async function measureStart(repository: string): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < 3; run++) {
    times.push((await succeed(['--repo', repository, 'rev-parse', 'main'])).milliseconds);
  }
  return Math.min(...times) * 0.9;
}

async function succeed(args: readonly string[], otherStatus = 0): Promise<Ended> {
  const ended = await runProgram(args, () => undefined);
  assert.ok(ended.status === 0 || ended.status === otherStatus, ended.stderr);
  return ended;
}

/** The command may end before it can be killed. */
async function kill(args: readonly string[], after: number): Promise<Ended> {
  const ended = await runProgram(args, async (child) => {
    await delay(after, undefined, { ref: false });
    child.kill('SIGKILL');
  });
  assert.ok(ended.signal === 'SIGKILL' || ended.status === 0, ended.stderr);
  return ended;
}

async function runProgram(
  args: readonly string[],
  meanwhile: (child: { kill(signal: 'SIGKILL'): boolean }) => void | Promise<void>,
): Promise<Ended> {
  const started = performance.now();
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => {
      resolve({ status, signal, stderr, milliseconds: performance.now() - started });
    });
  });
  void meanwhile(child);
  return ended;
}
