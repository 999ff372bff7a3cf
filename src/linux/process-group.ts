/**
 * Runs a program with all that it starts in a process group of its own, within a time limit, and keeps the end of what it
 * prints. For programs of others, which may hang, start more programs, or print without end.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { hasErrno, RootsealError } from '../util/errors.js';

export interface GroupOptions {
  readonly timeoutMs: number;
  /** How much of the end of standard output and standard error together is kept, in bytes. */
  readonly outputMax: number;
  readonly cwd?: string;
}

export interface GroupResult {
  /** Null when a signal ended the program. */
  readonly status: number | null;
  readonly signal?: string;
  /** Whether its time was up; then all of the group was killed. */
  readonly timedOut: boolean;
  readonly milliseconds: number;
  readonly output: Buffer;
}

/** How long to wait for the end of the output once the program has ended: something it started may keep it open. */
const DRAIN_MS = 1000;

/**
 * Runs `program` without arguments and input. What is left of its process group when it ends is killed.
 *
 * @throws {RootsealError} FAILED when it cannot be started
 */
export async function runGroup(program: string, options: GroupOptions): Promise<GroupResult> {
  const started = performance.now();
  const child = spawn(program, [], {
    // A session of its own, and so a group of its own.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const tail = new Tail(options.outputMax);
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      tail.add(chunk);
    });
  }
  const end = (): void => {
    killGroup(child);
  };
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    end();
  }, options.timeoutMs);
  // Whoever stops this program stops the other one too, which gets no signal of the terminal.
  process.once('exit', end);
  try {
    const { status, signal } = await exitOf(child, program);
    const milliseconds = Math.round(performance.now() - started);
    end();
    await Promise.all([child.stdout, child.stderr].map(drained));
    const output = tail.bytes();
    return { status, ...(signal === null ? {} : { signal }), timedOut, milliseconds, output };
  } finally {
    clearTimeout(timer);
    process.removeListener('exit', end);
  }
}

interface Exit {
  readonly status: number | null;
  readonly signal: string | null;
}

function exitOf(child: ChildProcess, program: string): Promise<Exit> {
  return new Promise((resolve, reject) => {
    child.once('exit', (status, signal) => {
      resolve({ status, signal });
    });
    child.once('error', (cause) => {
      reject(new RootsealError('FAILED', `${program} cannot be started`, { cause }));
    });
  });
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // Nothing of it is left. EPERM: what is left has become another user.
    if (!hasErrno(error, 'ESRCH') && !hasErrno(error, 'EPERM')) throw error;
  }
}

/** Waits until everything written has been read; gives up on a writer that left the group and keeps the pipe open. */
function drained(stream: Readable): Promise<void> {
  return new Promise((resolve) => {
    if (stream.closed) {
      resolve();
      return;
    }
    const timer = setTimeout(() => stream.destroy(), DRAIN_MS);
    stream.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** The last bytes of what was added. */
class Tail {
  readonly #max: number;
  #kept: Buffer = Buffer.alloc(0);

  constructor(max: number) {
    this.#max = max;
  }

  add(chunk: Buffer): void {
    const joined = Buffer.concat([this.#kept, chunk]);
    this.#kept = joined.subarray(Math.max(0, joined.length - this.#max));
  }

  bytes(): Buffer {
    return Buffer.from(this.#kept);
  }
}
