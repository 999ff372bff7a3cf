/** Waiting that only a hang ends without what was waited for, and then says where everybody stands. */
import fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** However busy the machine is, nothing that these tests wait for takes as long. */
const HANG_MS = 15 * 60_000;
/** Between two looks. */
const LOOK_MS = 2;

export interface WaitContext {
  /** What is being waited for, as part of a sentence: `the commit to end`. */
  readonly what: string;
  /** Processes that should do it; what they do is told, and what their children do. */
  readonly pids?: readonly (number | undefined)[];
  /** What is known besides: output so far. */
  readonly tell?: () => string;
}

/** Looks again and again until it is so. */
export async function until(context: WaitContext, isSo: () => boolean): Promise<void> {
  const end = performance.now() + HANG_MS;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(describeHang(context));
    await delay(LOOK_MS);
  }
}

/** Waits for a promise. */
export async function unlessHung<T>(context: WaitContext, promise: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const hang = delay(HANG_MS, undefined, { signal: timer.signal }).then(() => {
    throw new Error(describeHang(context));
  });
  try {
    return await Promise.race([promise, hang]);
  } finally {
    timer.abort();
    hang.catch(() => undefined);
  }
}

/** All that can be known about a wait from outside. */
export function describeHang({ what, pids = [], tell }: WaitContext): string {
  const known = pids.filter((pid) => pid !== undefined);
  const family = known.flatMap(withDescendants);
  return [
    `waited in vain for ${what}`,
    ...family.map(describeProcess),
    `locks:\n${read('/proc/locks')}`,
    `load: ${read('/proc/loadavg')}`,
    ...(tell === undefined ? [] : [tell()]),
  ].join('\n');
}

function withDescendants(pid: number): number[] {
  const children = tasksOf(pid).flatMap((task) =>
    read(`/proc/${pid}/task/${task}/children`).split(' ').filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(withDescendants)];
}

/** Its command line, its open files, and for each thread its state and where in the kernel it is. */
function describeProcess(pid: number): string {
  const command = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
  const threads = tasksOf(pid).map((task) => {
    const place = (name: string): string => read(`/proc/${pid}/task/${task}/${name}`);
    const state = /^State:\s+(.*)/m.exec(place('status'))?.[1] ?? 'gone';
    const stack = place('stack').split('\n').slice(0, 6).join(' < ');
    return `  ${place('comm')} ${state}, in ${place('wchan')}, call ${place('syscall')}, ${stack}`;
  });
  return [`process ${pid}: ${command}`, ...threads, ...openFiles(pid)].join('\n');
}

function tasksOf(pid: number): string[] {
  try {
    return fs.readdirSync(`/proc/${pid}/task`);
  } catch {
    // It has ended.
    return [];
  }
}

function openFiles(pid: number): string[] {
  try {
    return fs.readdirSync(`/proc/${pid}/fd`).map((fd) => {
      const target = fs.readlinkSync(`/proc/${pid}/fd/${fd}`);
      return `  ${fd} -> ${target}`;
    });
  } catch {
    return [];
  }
}

function read(file: string): string {
  try {
    return fs.readFileSync(file, 'latin1').trimEnd();
  } catch {
    return '';
  }
}
