/**
 * Running other programs: an argument list, never a shell, messages in English, and one clear error for each way to
 * fail. The only place that uses execa; it is loaded at the first use (0.1 s).
 */
import type { Readable } from 'node:stream';
import { RootsealError } from '../util/errors.js';

export interface ExecOptions {
  /** What the program reads from its standard input; nothing when absent. */
  readonly input?: Uint8Array | Readable;
  readonly cwd?: string;
  /** Variables besides those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  /** Ends the program with SIGTERM. */
  readonly signal?: AbortSignal;
  /** Exit statuses that are not a failure; 0 alone when absent. */
  readonly okStatuses?: readonly number[];
  /** Whether standard output is thrown away; it may then be of any length. */
  readonly discardOutput?: boolean;
}

export interface ExecResult {
  readonly stdout: Buffer;
  /** As text, without the final newline. */
  readonly stderr: string;
  readonly status: number;
}

/** A program that runs and whose standard output is read as it comes. */
export interface RunningProgram {
  readonly stdout: Readable;
  /** Fulfilled when the program has ended well; rejects as `run` does. */
  readonly done: Promise<void>;
  /** Ends the program at once; `done` rejects then, unless it has ended before. */
  kill(): void;
}

/** The most that is kept of standard output and of standard error, in bytes. */
const OUTPUT_MAX = 4 * 1024 * 1024;
/** The most of standard error that goes into an error message, in characters. */
const STDERR_SHOWN = 2000;

/**
 * Runs a program to its end.
 *
 * @param args passed as they are
 * @throws {RootsealError} UNSUPPORTED when the program is not installed; FAILED, with the end of its standard error,
 * when its exit status says failure, it printed too much, a signal ended it or its time is up; the reason of `signal`
 * when that ended it
 */
export async function run(
  program: string,
  args: readonly string[],
  options: ExecOptions = {},
): Promise<ExecResult> {
  const { execa } = await import('execa');
  const result = await execa(program, args, {
    ...commonOptions(options),
    buffer: true,
    stdout: options.discardOutput === true ? 'ignore' : 'pipe',
  });
  const stderr = decode(result.stderr);
  throwFailure(program, result, stderr, options);
  return { stdout: Buffer.from(result.stdout ?? []), stderr, status: result.exitCode ?? 0 };
}

/** Starts a program whose standard output is read as it comes; its failures are those of `run`. */
export async function start(
  program: string,
  args: readonly string[],
  options: ExecOptions = {},
): Promise<RunningProgram> {
  const { execa } = await import('execa');
  const buffer = { stdout: false, stderr: true } as const;
  const child = execa(program, args, { ...commonOptions(options), buffer });
  const done = child.then((result) => {
    throwFailure(program, result, decode(result.stderr), options);
  });
  // Whoever stops reading early need not ask how the program ended.
  done.catch(() => undefined);
  return {
    stdout: child.stdout,
    done,
    kill: () => {
      child.kill('SIGKILL');
    },
  };
}

function commonOptions(options: ExecOptions) {
  return {
    shell: false,
    reject: false,
    encoding: 'buffer',
    stripFinalNewline: false,
    maxBuffer: OUTPUT_MAX,
    env: { ...options.env, LC_ALL: 'C' },
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
  } as const;
}

/** The part of execa's result that tells how a program ended. */
interface Ending {
  readonly failed: boolean;
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly timedOut: boolean;
  readonly isCanceled: boolean;
  readonly isMaxBuffer: boolean;
  readonly code?: string | undefined;
  readonly originalMessage?: string | undefined;
}

function throwFailure(program: string, ending: Ending, stderr: string, options: ExecOptions): void {
  if (!ending.failed) return;
  if (ending.exitCode !== undefined && options.okStatuses?.includes(ending.exitCode) === true) {
    return;
  }
  if (ending.isCanceled) options.signal?.throwIfAborted();
  if (ending.code === 'ENOENT' && ending.exitCode === undefined) {
    throw new RootsealError('UNSUPPORTED', `the program ${program} is not installed`, {
      details: { program },
    });
  }
  const said = stderr === '' ? '' : `: ${stderr.slice(-STDERR_SHOWN)}`;
  throw new RootsealError('FAILED', `${program} ${describeEnding(ending, options)}${said}`, {
    details: {
      program,
      ...(ending.exitCode === undefined ? {} : { status: ending.exitCode }),
      ...(ending.signal === undefined ? {} : { signal: ending.signal }),
    },
  });
}

function describeEnding(ending: Ending, options: ExecOptions): string {
  if (ending.isMaxBuffer) return `printed more than ${OUTPUT_MAX} bytes`;
  if (ending.timedOut) return `did not end within ${options.timeoutMs ?? 0} ms`;
  if (ending.signal !== undefined) return `was ended by ${ending.signal}`;
  if (ending.exitCode !== undefined) return `failed with exit status ${ending.exitCode}`;
  return `could not be run: ${ending.originalMessage ?? 'no reason given'}`;
}

function decode(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8').trimEnd();
}
