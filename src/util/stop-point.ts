/**
 * Moments at which a test can have the program stop or be killed: the environment variable `ROOTSEAL_STOP_AT`
 * (docs/developing.md, "Stop points"). Without it, passing one does nothing.
 *
 * Only the thread that runs the command line has them: worker threads read and write contents, and what becomes of those is
 * decided by that thread.
 */
import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { RootsealError } from './errors.js';

/** All of them, and what has just been done there. */
export const STOP_POINTS = [
  // Small files that are whole or absent.
  'file-flushed', // written under a temporary name, which is still its only one
  'file-named', // it has its name; the directory is not flushed
  'link-made', // a link, likewise under a temporary name
  // A session's objects.
  'objects-staged', // all are written; nothing is flushed
  'objects-flushed', // flushed, with fs-verity where there is any; none has its name
  'objects-moved', // those of one directory have their names; passed for each
  'objects-named', // all have their names, which are not flushed
  'session-published', // flushed; nothing names them yet
  // What names them.
  'image-linked',
  'commit-written',
  'seal-written',
  'ref-written',
  // gc
  'seals-removed',
  'commits-removed',
  'images-removed',
  'names-flushed', // objects come next
  'object-removed', // passed for each
  // fsck --repair
  'object-repaired', // in the session, not in the repository; passed for each
  'name-repaired', // passed for each finding
  // pull
  'pull-planned', // what is missing is known
  'object-fetched', // whole and checked, in tmp/; passed for each
  // A change of deployments: what its plan does, in whatever order it does it.
  'plan-made',
  'deployment-named', // the repository says that it is deployed
  'state-made',
  'etc-merged',
  'kernel-installed',
  'floor-set',
  'record-saved', // with the intent
  'facts-saved',
  'entry-written',
  'entry-renamed',
  'entry-removed',
  'kernel-removed',
  'state-removed',
  'deployment-forgotten', // the repository does not say so any more
  'record-settled', // without it
  // Within these.
  'etc-written', // under a temporary name; its report is not there
  'directory-made', // flushed, under a temporary name
  'directory-hidden', // one that goes has a temporary name, and is whole
  'kernel-copied', // under a temporary name
  'boot-file-flushed', // under a temporary name, on the ESP
  'boot-file-named', // renamed; neither it nor its directory is flushed
  'boot-file-doubled', // one that gets another name has both
  // Around a plan.
  'staged-finalized', // the stamp of an earlier failure is still there
  'failure-stamped',
  'state-set-aside', // what no record can be made of; passed for each
  'record-rebuilt',
  // disk build
  'disk-made', // flushed, under a temporary name
] as const;

export type StopPoint = (typeof STOP_POINTS)[number];

/** What is asked for. */
interface Stop {
  /**
   * `any` counts all points as one; `pause` is any pause of long work (`pauses.ts`), `progress` a progress line on a terminal. `any`
   * counts neither: how many there are depends on the time.
   */
  readonly at: StopPoint | 'any' | 'pause' | 'progress';
  /** Which pass it is; from 1. */
  readonly pass: number;
  readonly signal: 'SIGSTOP' | 'SIGKILL';
}

type Order = Stop | 'list';

let order: Order | undefined;
let passes = 0;

/**
 * Asks for a stop in this thread.
 * @param text `NAME[:N][,kill]` or `list`
 * @throws {RootsealError} USAGE
 */
export function armStopPoints(text: string): void {
  order = parseOrder(text);
  passes = 0;
}

function parseOrder(text: string): Order {
  if (text === 'list') return text;
  const [, name = '', count = '1', kill] =
    /^([a-z-]+)(?::([1-9]\d{0,8}))?(,kill)?$/.exec(text) ?? [];
  const at =
    name === 'any' || name === 'pause' || name === 'progress'
      ? name
      : STOP_POINTS.find((point) => point === name);
  if (at === undefined)
    throw new RootsealError('USAGE', `ROOTSEAL_STOP_AT: "${text}" is not a stop point`, {
      hint: 'NAME[:N][,kill] or list: src/util/stop-point.ts has the names',
    });
  return { at, pass: Number(count), signal: kill === undefined ? 'SIGSTOP' : 'SIGKILL' };
}

/** Passes one. When it is the one that was asked for, that is told on standard error, and the process is stopped or killed. */
export function stopPoint(name: StopPoint): void {
  if (order === undefined) return;
  if (order === 'list') {
    writeSync(2, `passed ${name}\n`);
    return;
  }
  if (order.at === 'any' || order.at === name) pass(order, name);
}

/** Whether a test waits for a pause of long work: then there is one after each step, so that none depends on the time. */
export function isPauseAwaited(): boolean {
  return isPause(order);
}

/** Passes a progress line that was written to the terminal. */
export function stopAtProgress(): void {
  if (typeof order === 'object' && order.at === 'progress') pass(order, 'progress');
}

/** Passes a pause. */
export function stopInPause(): void {
  if (isPause(order)) pass(order, 'pause');
}

function isPause(asked: Order | undefined): asked is Stop {
  return typeof asked === 'object' && asked.at === 'pause';
}

function pass(stop: Stop, name: StopPoint | 'pause' | 'progress'): void {
  passes++;
  if (passes !== stop.pass) return;
  // Below the progress line, where there is one.
  writeSync(2, `${isatty(2) ? '\n' : ''}stopped at ${name}\n`);
  // The kernel sends it to the calling thread if it can, the main one: not one more instruction of the command is run.
  process.kill(process.pid, stop.signal);
}
