/** The program in a process that a test stops, looks at, lets go on or kills. */
import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import { after } from 'node:test';
import type { StopPoint } from '../../src/util/stop-point.js';
import { unlessHung, until } from './hang.js';
import { packagedProgram } from './packaged.js';

/** How it ended. */
export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Where it was stopped or killed, when that was asked for and it came there. */
  readonly stoppedAt: StopPoint | 'pause' | undefined;
  readonly milliseconds: number;
}

export interface StartOptions {
  /** Value of `ROOTSEAL_STOP_AT`. */
  readonly stopAt?: string;
  /** Script that is run instead of the packaged program. */
  readonly program?: string;
}

/** Those that run. One that is stopped would stay for ever, with its locks, when a test fails before it lets it go on. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
// A test file whose tests have ended does not wait for them.
after(() => {
  for (const child of running) child.kill('SIGKILL');
});

export class Stoppable {
  /** Settles when the process has ended, whatever ended it. */
  readonly ended: Promise<Ended>;
  private readonly child: ChildProcess;
  private readonly words: string;
  private stdout = '';
  private stderr = '';
  private hasEnded = false;

  constructor(args: readonly string[], { stopAt, program = packagedProgram() }: StartOptions = {}) {
    this.words = args.join(' ');
    const began = performance.now();
    const env = { ...process.env, ROOTSEAL_REPO: undefined, ROOTSEAL_STOP_AT: stopAt };
    const stdio = ['ignore', 'pipe', 'pipe'] as const;
    const child = spawn(process.execPath, [program, ...args], { stdio: [...stdio], env });
    this.child = child;
    running.add(child);
    child.stdout.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    const ended = new Promise<Ended>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status, signal) => {
        this.hasEnded = true;
        running.delete(child);
        const { stdout, stderr, stoppedAt } = this;
        const milliseconds = performance.now() - began;
        resolve({ status, signal, stdout, stderr, stoppedAt, milliseconds });
      });
    });
    this.ended = unlessHung(this.waitFor('to end'), ended);
  }

  /** Waits until it stands where it was asked to stop. False when it ended before. */
  async stopped(): Promise<boolean> {
    await until(
      this.waitFor('to stop'),
      () => this.hasEnded || (this.stoppedAt !== undefined && this.stands()),
    );
    return !this.hasEnded;
  }

  /** Waits until it has written something to standard output. False when it ended before. */
  async hasSpoken(): Promise<boolean> {
    await until(this.waitFor('to say something'), () => this.hasEnded || this.stdout !== '');
    return this.stdout !== '';
  }

  /** Lets it go on. */
  resume(): void {
    this.child.kill('SIGCONT');
  }

  /** What Ctrl-C or a service manager does; lets it go on where it stands. */
  interrupt(signal: 'SIGINT' | 'SIGTERM'): void {
    this.child.kill(signal);
    this.resume();
  }

  async kill(): Promise<Ended> {
    this.child.kill('SIGKILL');
    return this.ended;
  }

  private get stoppedAt(): Ended['stoppedAt'] {
    return /^stopped at (.+)$/m.exec(this.stderr)?.[1] as Ended['stoppedAt'];
  }

  /** Whether no thread of it runs. */
  private stands(): boolean {
    const { pid } = this.child;
    try {
      return fs.readdirSync(`/proc/${pid ?? ''}/task`).every((task) => {
        const status = fs.readFileSync(`/proc/${pid ?? ''}/task/${task}/status`, 'latin1');
        return /^State:\s+T/m.test(status);
      });
    } catch {
      // It was killed.
      return false;
    }
  }

  private waitFor(what: string): Parameters<typeof unlessHung>[0] {
    return {
      what: `${this.words} ${what}`,
      pids: [this.child.pid],
      tell: () => `output so far:\n${this.stdout}${this.stderr}`,
    };
  }
}

/** Runs it to its end, or to where it is killed. */
export function runProgram(args: readonly string[], options: StartOptions = {}): Promise<Ended> {
  return new Stoppable(args, options).ended;
}

/** Stop points that a run with `ROOTSEAL_STOP_AT=list` passed, one after the other. */
export function listPasses({ stderr }: Ended): StopPoint[] {
  return [...stderr.matchAll(/^passed (.+)$/gm)].map(([, name]) => name as StopPoint);
}
