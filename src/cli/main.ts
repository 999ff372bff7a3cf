/** Entry of the command line: options, the run, and the one place that turns outcomes and errors into exit statuses. */
import { setFlagsFromString } from 'node:v8';
import {
  describeError,
  errorCodeOf,
  EXIT_STATUS,
  exitStatusOf,
  isNodeError,
  RootsealError,
} from '../util/errors.js';
import { armStopPoints } from '../util/stop-point.js';
import type { Outcome } from './context.js';
import { versionText } from './version.js';

const STATUS_OF_OUTCOME: Readonly<Record<Outcome, number>> = {
  done: 0,
  findings: EXIT_STATUS.FINDINGS,
  unchanged: EXIT_STATUS.UNCHANGED,
};

/** Runs one command line and returns its exit status. */
export async function main(args: readonly string[]): Promise<number> {
  // The commonest question is answered without loading the option parser.
  if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
    process.stdout.write(versionText());
    return 0;
  }
  optimizeLate();
  const json = args.includes('--json');
  const signal = stopOnSignals(json);
  stopOnClosedPipe();
  const status = await run(args, json, signal);
  // What was given up may still wait for input, which would keep the process.
  if (signal.aborted) await exitSoon(status);
  return status;
}

async function run(args: readonly string[], json: boolean, signal: AbortSignal): Promise<number> {
  try {
    const stop = process.env['ROOTSEAL_STOP_AT'];
    if (stop !== undefined) armStopPoints(stop);
    if (isLongWork(args)) await startThread();
    const { runCommandLine } = await import('./run.js');
    return STATUS_OF_OUTCOME[await runCommandLine(args, signal)];
  } catch (error) {
    reportError(error, json);
    return exitStatusOf(error);
  }
}

/**
 * V8 compiles functions anew once they look hot, on threads that the work itself needs. Most commands end before that
 * pays, so it is put off to three times the default (V8 11.3, `flag-definitions.h`: interrupt_budget): a sixth of all
 * processor time for the digest of an operating system, and nothing lost in long runs.
 */
function optimizeLate(): void {
  const [engine] = process.versions.v8.split('.').map(Number);
  // An engine that no longer knew the flag would complain on standard error.
  if (engine !== undefined && engine <= V8_NEWEST_KNOWN)
    setFlagsFromString('--interrupt-budget=400000');
}
const V8_NEWEST_KNOWN = 13;

/** Commands that read or write the contents of a whole tree. */
const LONG_WORK = /^(?:commit|checkout|fsck|image (?:create|digest)) /;

function isLongWork(args: readonly string[]): boolean {
  return LONG_WORK.test(`${args.join(' ')} `) && !args.includes('--help') && !args.includes('-h');
}

/** A thread takes as long to start as the option parser takes to load, so both are done at once. */
async function startThread(): Promise<void> {
  const { expectWork } = await import('../repo/work/script.js');
  expectWork();
}

/** How long an interrupted command may take to clear up, in milliseconds. */
const GRACE_MS = 500;

/**
 * Long work hears an interruption through the signal, and clears up. Whatever does not hear it ends where it is when its time is up,
 * or at the second interruption: every write is atomic, and what is left in `tmp/` is removed by the next command.
 */
function stopOnSignals(json: boolean): AbortSignal {
  const interruption = new AbortController();
  for (const [signal, code] of [
    ['SIGINT', 'INTERRUPTED'],
    ['SIGTERM', 'TERMINATED'],
  ] as const) {
    process.on(signal, () => {
      const reason = new RootsealError(code, 'interrupted');
      const giveUp = (): void => {
        reportError(reason, json);
        void exitSoon(EXIT_STATUS[code]);
      };
      if (interruption.signal.aborted) giveUp();
      else setTimeout(giveUp, GRACE_MS).unref();
      interruption.abort(reason);
    });
  }
  return interruption.signal;
}

/** `rootseal ls … | head`: whoever read the output has gone, which is no error. */
function stopOnClosedPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    void exitSoon(0);
  });
}

/** Ends the process, but not in the middle of loading native code in a thread, which would end it with an abort. */
async function exitSoon(status: number): Promise<void> {
  const { threadsLoaded } = await import('../util/worker-pool.js');
  const { exitAtOnce } = await import('../linux/exit.js');
  await threadsLoaded();
  exitAtOnce(status);
}

function reportError(error: unknown, json: boolean): void {
  const expected = error instanceof RootsealError || isNodeError(error);
  const message = describeError(error);
  if (json) {
    const code = errorCodeOf(error);
    const { details, hint } =
      error instanceof RootsealError ? error : { details: {}, hint: undefined };
    process.stderr.write(
      `${JSON.stringify({ error: { code, message, details, ...(hint === undefined ? {} : { hint }) } })}\n`,
    );
    return;
  }
  process.stderr.write(`error: ${message}\n`);
  if (error instanceof RootsealError && error.hint !== undefined)
    process.stderr.write(`hint: ${error.hint}\n`);
  // Anything else is a bug: whoever reports it needs the place.
  if (!expected && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
}
