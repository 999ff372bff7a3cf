/** Steps of a job: each says its name before and its time after, and runs programs in the open. */
import { spawn } from 'node:child_process';

/** A job cannot go on. The message is for people; there is nothing to trace. */
export class Failed extends Error {
  constructor(message, exitStatus = 1) {
    super(message);
    this.exitStatus = exitStatus;
  }
}

const timings = [];

/** Runs `work` as a named step and keeps its time for {@link printTimings}. */
export async function step(title, work) {
  console.log(`\n==> ${title}`);
  const start = performance.now();
  let outcome = 'failed';
  try {
    const result = await work();
    outcome = 'done';
    return result;
  } finally {
    const seconds = (performance.now() - start) / 1000;
    timings.push({ title, seconds, outcome });
    console.log(`    ${outcome} in ${seconds.toFixed(1)} s: ${title}`);
  }
}

/** Prints one line for each step that ran. */
export function printTimings() {
  console.log('\nTime per step:');
  for (const { title, seconds, outcome } of timings) {
    const remark = outcome === 'done' ? '' : `  ${outcome}`;
    console.log(`${seconds.toFixed(1).padStart(8)} s  ${title}${remark}`);
  }
}

/**
 * Runs a program with this terminal as its own, or with its output captured.
 *
 * @returns {Promise<{status: number | null, output: string}>} status is null when it cannot be started or was
 *   killed; output holds standard output and error when `capture` is set, or why it could not be started
 */
export function run(program, args, { capture = false, env = {} } = {}) {
  return new Promise((resolve) => {
    const chunks = [];
    const child = spawn(program, args, {
      stdio: capture ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...env, PATH: searchPath() },
    });
    child.stdout?.on('data', (chunk) => chunks.push(chunk));
    child.stderr?.on('data', (chunk) => chunks.push(chunk));
    child.on('error', (error) => {
      resolve({ status: null, output: `cannot start ${program}: ${error.message}` });
    });
    child.on('close', (status, signal) => {
      const output = Buffer.concat(chunks).toString();
      resolve({ status, output: signal === null ? output : `${output}${program}: ${signal}\n` });
    });
  });
}

/** @throws {Failed} with the output, when the program does not exit with status 0 */
export async function runOrFail(program, args, options) {
  const { status, output } = await run(program, args, options);
  if (status === 0) return output;
  const outcome = status === null ? 'could not run' : `failed with exit status ${status}`;
  throw new Failed(`${[program, ...args].join(' ')} ${outcome}\n${output}`.trimEnd());
}

/** Administrators' programs are looked for even when an ordinary user's PATH lacks their folders. */
export function searchPath() {
  const given = process.env.PATH?.split(':') ?? [];
  const wanted = ['/usr/local/sbin', '/usr/sbin', '/sbin'];
  return [...given, ...wanted.filter((folder) => !given.includes(folder))].join(':');
}
