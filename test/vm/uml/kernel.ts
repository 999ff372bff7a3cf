/** One start of the UML kernel: a program of the host that has processes of its own, and ends with all of them. */
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { Console } from '../qemu/console.js';
import type { KernelEnd } from './outcome.js';

const MIB = 2 ** 20;
/** Files of /proc that say what a process is doing. */
const STATES = ['stat', 'wchan', 'syscall', 'stack'];

export interface KernelStart {
  readonly kernel: string;
  /** Its command line. */
  readonly words: readonly string[];
  readonly memoryMib: number;
  /** The kernel puts a folder of its own in there. */
  readonly home: string;
  /** After these seconds it is ended, and what its processes are doing is printed. */
  readonly seconds: number;
}

export interface KernelRun extends KernelEnd {
  /** Each line after its time in seconds. */
  readonly transcript: string;
}

/** Returns when the kernel has ended. Whatever happens, nothing of the guest runs on. */
export function runKernel(start: KernelStart): Promise<KernelRun> {
  return new Promise((resolve, reject) => {
    // The guest's processes are processes of the host, which the kernel leads with ptrace. Without it they would go on, and
    // their system calls would be the host's. So they have a process group of their own, which is killed as a whole.
    const child = spawn(start.kernel, start.words, {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { HOME: start.home, TMPDIR: memoryDirectory(start.memoryMib) },
    });
    const stream = new PassThrough();
    const output = new Console(stream);
    const end = (): void => {
      killGroup(child);
    };
    let givenUp = false;
    const timer = setTimeout(() => {
      givenUp = true;
      stream.write('\numl: it did not end by itself\n');
      if (child.pid !== undefined) stream.write(describeGroup(child.pid));
      end();
    }, start.seconds * 1000);
    const forget = endWithUs(end);
    child.stdout.pipe(stream, { end: false });
    child.stderr.pipe(stream, { end: false });
    child.on('error', reject);
    child.on('exit', end);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      forget();
      stream.end(() => {
        const lines = output.lines.map(({ text }) => text);
        resolve({ code, signal, givenUp, lines, transcript: output.transcript() });
      });
    });
  });
}

/** Calls `end` when this process ends before the guest does. Returns what undoes that. */
function endWithUs(end: () => void): () => void {
  const onSignal = (signal: NodeJS.Signals): void => {
    end();
    process.exit(128 + constants.signals[signal]);
  };
  process.on('exit', end).on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return () => {
    process.off('exit', end).off('SIGINT', onSignal).off('SIGTERM', onSignal);
  };
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** What each process of the group is doing, as far as /proc tells us. */
function describeGroup(group: number): string {
  const processes = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const members = processes.filter((pid) => groupOf(readOf(pid, 'stat')) === group);
  const described = members.flatMap((pid) => STATES.map((name) => `${name}: ${readOf(pid, name)}`));
  return `uml: its processes on the host\n${described.join('\n')}\n`;
}

/** The third word after the name, which is in parentheses and may hold anything. */
function groupOf(stat: string): number {
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
}

function readOf(pid: string, name: string): string {
  try {
    return fs.readFileSync(join('/proc', pid, name), 'utf8').trimEnd();
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code); // It has ended, or is not ours to look into.
  }
}

/** The guest's memory is a deleted file: quickest in memory, where that is large enough (containers give 64 MiB). */
function memoryDirectory(mib: number): string {
  try {
    const { bavail, bsize } = fs.statfsSync('/dev/shm');
    if (bavail * bsize > 2 * mib * MIB) return '/dev/shm';
  } catch {
    return tmpdir(); // There is no /dev/shm.
  }
  return tmpdir();
}
