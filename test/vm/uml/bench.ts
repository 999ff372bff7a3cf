/**
 * The UML bench: runs commands, and test files of this checkout, in a User Mode Linux whose kernel has fs-verity.
 *
 * The guest's root is the host's whole file system, read-only, so Node and the checkout are there as they are. /tmp, /run
 * and /mnt are empty. Needs no root. `npm test` builds the kernel (test/setup/uml.mjs) and names it in ROOTSEAL_UML_KERNEL.
 */
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { TestContext } from 'node:test';
import { CHECKOUT } from '../../helpers/boot-program.js';
import { scratchDirectory } from '../../helpers/scratch.js';
import { Console } from '../qemu/console.js';

const KERNEL = process.env['ROOTSEAL_UML_KERNEL'];

/** Why no guest can be started here; false when one can. */
export const cannotRunUml =
  (process.arch !== 'x64' && 'User Mode Linux is for x86-64 only') ||
  (KERNEL === undefined && 'there is no UML kernel: start the tests with `npm test -- vm/uml`');

/** Seconds that the guest has to end by itself before its host ends it. */
const GRACE = 10;
const MIB = 2 ** 20;

/** File systems that keep fs-verity, and how one is made in a file. */
export const FILE_SYSTEMS = {
  ext4: ['mkfs.ext4', '-q', '-b', '4096', '-O', 'verity', '-E', 'root_owner=0:0'],
  btrfs: ['mkfs.btrfs', '-q'],
} as const;
export type FileSystem = keyof typeof FILE_SYSTEMS;

/** What a guest does. */
export interface UmlRun {
  /** Lines for sh. The working directory is the checkout; the exit status is the result. */
  readonly command: string;
  /** Files of the host that become /dev/ubda, /dev/ubdb, … */
  readonly disks?: readonly string[];
  /** For the whole run; 120 unless told. */
  readonly timeoutSeconds?: number;
  readonly memoryMib?: number;
  /** More words for the kernel's command line. */
  readonly kernelArguments?: readonly string[];
  /** A folder of the host, in the guest /mnt/exchange, which both write to. Made for the run when not given. */
  readonly exchange?: string;
}

export interface UmlResult {
  /** Of the command; undefined when the guest ended before it. */
  readonly status: number | undefined;
  /** Kernel messages and all that the command printed, each line after its time in seconds. */
  readonly console: string;
}

/** Makes an empty file system of `mib` MiB (sparse) in a new file. */
export function makeDisk(file: string, type: FileSystem, mib = 256): string {
  fs.writeFileSync(file, '');
  fs.truncateSync(file, mib * MIB);
  const [program, ...args] = FILE_SYSTEMS[type];
  const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;
  execFileSync(program, [...args, file], { env: { ...process.env, PATH }, stdio: 'pipe' });
  return file;
}

/** Starts a guest and waits for its end. */
export async function runInUml(t: TestContext, run: UmlRun): Promise<UmlResult> {
  const exchange = run.exchange ?? scratchDirectory(t);
  fs.writeFileSync(join(exchange, 'command'), run.command);
  const output = await runKernel(run, exchange);
  const status = join(exchange, 'status');
  return {
    status: fs.existsSync(status) ? Number(fs.readFileSync(status, 'utf8')) : undefined,
    console: output,
  };
}

function kernelArguments(run: UmlRun, exchange: string): string[] {
  const { disks = [], memoryMib = 768, timeoutSeconds = 120 } = run;
  return [
    `mem=${memoryMib}M`,
    ...disks.map((file, index) => `ubd${index}=${file}`),
    'root=/dev/root',
    'rootfstype=hostfs',
    'rootflags=/',
    'rw',
    `init=${CHECKOUT}/test/vm/uml/init`,
    `EXCHANGE=${exchange}`,
    `CHECKOUT=${CHECKOUT}`,
    `LIMIT=${timeoutSeconds}`,
    'panic=-1',
    // Only what is printed to /dev/console and by the kernel; no terminals, no input.
    'con=null',
    'con0=null,fd:1',
    ...(run.kernelArguments ?? []),
  ];
}

/** Returns the console. Whatever happens, nothing of the guest runs on. */
function runKernel(run: UmlRun, exchange: string): Promise<string> {
  const { memoryMib = 768, timeoutSeconds = 120 } = run;
  return new Promise((resolve, reject) => {
    // The guest's processes are processes of the host, which the kernel leads with ptrace. Without it they would go on, and
    // their system calls would be the host's. So they have a process group of their own, which is killed as a whole.
    const child = spawn(KERNEL ?? '', kernelArguments(run, exchange), {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      // The kernel puts a folder of its own into HOME.
      env: { HOME: exchange, TMPDIR: memoryDirectory(memoryMib) },
    });
    const stream = new PassThrough();
    const output = new Console(stream);
    const end = (): void => {
      if (child.pid !== undefined) killGroup(child.pid);
    };
    const timer = setTimeout(
      () => {
        stream.write('\numl: it did not end by itself\n');
        end();
      },
      (timeoutSeconds + GRACE) * 1000,
    );
    const forget = endWithUs(end);
    child.stdout.pipe(stream, { end: false });
    child.stderr.pipe(stream, { end: false });
    child.on('error', reject);
    child.on('exit', end);
    child.on('close', () => {
      clearTimeout(timer);
      forget();
      stream.end(() => {
        resolve(output.transcript());
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

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
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
