/**
 * The UML bench: runs commands, and test files of this checkout, in a User Mode Linux whose kernel has fs-verity.
 *
 * The guest's root is the host's whole file system, read-only, so Node and the checkout are there as they are. /tmp, /run
 * and /mnt are empty. Needs no root. `npm test` builds the kernel (test/setup/uml.mjs) and names it in ROOTSEAL_UML_KERNEL.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { CHECKOUT } from '../../helpers/boot-program.js';
import { scratchDirectory } from '../../helpers/scratch.js';
import { Attempt } from './attempt.js';
import { type KernelRun, runKernel } from './kernel.js';
import { failureOfBench, panicLines } from './outcome.js';

const KERNEL = process.env['ROOTSEAL_UML_KERNEL'];

/** Why no guest can be started here; false when one can. */
export const cannotRunUml =
  (process.arch !== 'x64' && 'User Mode Linux is for x86-64 only') ||
  (KERNEL === undefined && 'there is no UML kernel: start the tests with `npm test -- vm/uml`');

/** Seconds after which a guest says where its processes stand, and ends. The longest run takes two minutes of an idle processor. */
const LIMIT = 1800;
/** Seconds that it has to do so before its host ends it, unless told. */
const GRACE = 120;
/** How often a command is run at most, when the kernel ends by itself each time. */
const ATTEMPTS = 3;
const MEMORY_MIB = 768;
const MIB = 2 ** 20;

/** File systems that keep fs-verity, and how one is made in a file. */
export const FILE_SYSTEMS = {
  ext4: ['mkfs.ext4', '-q', '-b', '4096', '-O', 'verity', '-E', 'root_owner=0:0'],
  btrfs: ['mkfs.btrfs', '-q'],
} as const;
export type FileSystem = keyof typeof FILE_SYSTEMS;

/** What a guest does. */
export interface UmlRun {
  /**
   * Lines for sh. The working directory is the checkout; the exit status is the result. They are run again when the kernel
   * panics: what they change in files that `exchange` had before must not be in their own way.
   */
  readonly command: string;
  /** Files of the host that become /dev/ubda, /dev/ubdb, … Each is another file afterwards. */
  readonly disks?: readonly string[];
  /** For the whole run; half an hour unless told, which only a hang takes. */
  readonly timeoutSeconds?: number;
  /** What it has then to end by itself. */
  readonly graceSeconds?: number;
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

/**
 * Starts a guest and waits for its end. A kernel that panics is started again, which the test tells.
 *
 * @throws {Error} with the last transcript, when it did so each time
 */
export async function runInUml(t: TestContext, run: UmlRun): Promise<UmlResult> {
  const exchange = run.exchange ?? scratchDirectory(t);
  fs.writeFileSync(join(exchange, 'command'), run.command);
  fs.rmSync(join(exchange, 'status'), { force: true });
  for (let left = ATTEMPTS - 1; ; left--) {
    const attempt = new Attempt(run.disks ?? [], exchange);
    const ended = await startGuest(run, attempt.disks, exchange);
    const failure = failureOfBench(ended);
    if (failure === undefined || left === 0) attempt.keep();
    if (failure === undefined) return resultOf(ended, exchange);
    if (left === 0) throw new Error(`${failure}, ${ATTEMPTS} times\n${ended.transcript}`);
    attempt.forget();
    t.diagnostic(`${failure}; the run is repeated`);
    for (const line of panicLines(ended.lines)) t.diagnostic(line);
  }
}

function resultOf({ transcript }: KernelRun, exchange: string): UmlResult {
  const status = join(exchange, 'status');
  return {
    status: fs.existsSync(status) ? Number(fs.readFileSync(status, 'utf8')) : undefined,
    console: transcript,
  };
}

function startGuest(run: UmlRun, disks: readonly string[], exchange: string): Promise<KernelRun> {
  const { memoryMib = MEMORY_MIB, timeoutSeconds = LIMIT, graceSeconds = GRACE } = run;
  const words = [
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
    `NODE=${process.execPath}`,
    'panic=-1',
    // Only what is printed to /dev/console and by the kernel; no terminals, no input.
    'con=null',
    'con0=null,fd:1',
    ...(run.kernelArguments ?? []),
  ];
  const seconds = timeoutSeconds + graceSeconds;
  return runKernel({ kernel: KERNEL ?? '', words, memoryMib, home: exchange, seconds });
}
