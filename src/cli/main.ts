/** Entry of the command line: options, the run, and the one place that turns outcomes and errors into exit statuses. */
import { setMaxListeners } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { EXIT_STATUS, exitStatusOf, RootsealError } from '../util/errors.js';
import { armStopPoints } from '../util/stop-point.js';
import { streams } from '../util/streams.js';
import type { Outcome } from './context.js';
import { reportError } from './report-error.js';
import { versionText } from './version.js';

const STATUS_OF_OUTCOME: Readonly<Record<Outcome, number>> = {
  done: 0,
  findings: EXIT_STATUS.FINDINGS,
  unchanged: EXIT_STATUS.UNCHANGED,
};

/** Runs one command line and returns its exit status. */
export async function main(args: readonly string[]): Promise<number> {
  optimizeLate();
  const json = args.includes('--json');
  const signal = stopOnSignals(json);
  const status = await run(args, json, signal);
  // What was given up may still wait for input, which would keep the process.
  if (signal.aborted) await exitSoon(status);
  return status;
}

async function run(args: readonly string[], json: boolean, signal: AbortSignal): Promise<number> {
  try {
    // The commonest question is answered without loading anything else.
    if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
      await streams.result(versionText());
      return 0;
    }
    const stop = process.env['ROOTSEAL_STOP_AT'];
    if (stop !== undefined) armStopPoints(stop);
    const { runCommandLine } = await import('./run.js');
    return STATUS_OF_OUTCOME[await runCommandLine(args, signal)];
  } catch (error) {
    reportError(error, json);
    return exitStatusOf(error);
  }
}

/**
 * V8 compiles functions again once they look hot, on threads that the work itself needs. Most commands end before that
 * pays, so it is put off to three times the default (V8 11.3, `flag-definitions.h`: interrupt_budget): a sixth of all
 * processor time for the digest of an operating system, and nothing lost in long runs.
 */
function optimizeLate(): void {
  // Node 20's. Later ones (12.4 in Node 22, 13.6 in Node 24) count calls, have no such flag, and would complain on standard error.
  if (process.versions.v8.startsWith('11.3.')) setFlagsFromString('--interrupt-budget=400000');
}

/** How long an interrupted command may take to clear up, in milliseconds. */
const GRACE_MS = 500;

/**
 * Long work hears an interruption through the signal, and clears up. Whatever does not hear it ends where it is when its time is up,
 * or at the second interruption: every write is atomic, and what is left in `tmp/` is removed by the next command.
 */
function stopOnSignals(json: boolean): AbortSignal {
  const interruption = new AbortController();
  // Each transfer that is under way listens, and there may be many: that is not a leak.
  setMaxListeners(0, interruption.signal);
  for (const [signal, code] of [
    ['SIGINT', 'INTERRUPTED'],
    ['SIGTERM', 'TERMINATED'],
    // The terminal or the connection is gone. (Node takes away that a parent has it ignored, as nohup does.)
    ['SIGHUP', 'TERMINATED'],
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

/** Ends the process, but not in the middle of loading native code in a thread, which would end it with an abort. */
async function exitSoon(status: number): Promise<void> {
  const { threadsLoaded } = await import('../util/worker-pool.js');
  const { exitAtOnce } = await import('../linux/exit.js');
  await threadsLoaded();
  exitAtOnce(status);
}
