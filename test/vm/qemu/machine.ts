/**
 * Virtual machines for tests: QEMU without acceleration, so that every run does the same wherever it is. Whether a kernel can
 * use /dev/kvm is not asked: where it cannot, the machine hangs for ever.
 *
 * QEMU's exit status says nothing about what happened inside. What counts is what the machine said on its console.
 */
import assert from 'node:assert/strict';
import { execa } from 'execa';
import type { TestContext } from 'node:test';
import { Console, type Line } from './console.js';

export interface MachineOptions {
  /** The first disk, raw. Changes are forgotten unless `keep`. */
  readonly disk: string;
  readonly keep?: boolean;
  /** Direct boot; without it the firmware starts what is on the disk. */
  readonly kernel?: { readonly image: string; readonly initrd: string; readonly append: string };
  /** Copies of OVMF's code and variables. */
  readonly firmware?: { readonly code: string; readonly variables: string };
  /** Let it start again when it asks to, in place of ending. */
  readonly reboots?: boolean;
  readonly memoryMib?: number;
  /** Path where the second serial port becomes a socket. */
  readonly port?: string;
  /** Whether it has a network on which this machine is 10.0.2.2. */
  readonly network?: boolean;
  /** Time limit: some five times of what it takes on a quiet machine. */
  readonly seconds: number;
}

/** What the kernel of every machine is told: where its console is, and not to stay when it panics. */
export const CONSOLE = 'console=ttyS0 panic=-1 quiet';

export class Machine {
  readonly console: Console;
  private readonly process: ReturnType<typeof startQemu>;
  private readonly seconds: number;
  private timedOut = false;
  private ended = false;

  /** Starts a machine, which runs until it ends by itself, its time is up, or `stop`. */
  constructor(options: MachineOptions) {
    this.process = startQemu(options);
    this.console = new Console(this.process.stdout);
    this.seconds = options.seconds;
    const limit = setTimeout(() => {
      this.timedOut = true;
      this.stop();
    }, options.seconds * 1000);
    void this.process.finally(() => {
      this.ended = true;
      clearTimeout(limit);
    });
  }

  /** Whether it runs no more. */
  get hasEnded(): boolean {
    return this.ended;
  }

  /** Starts a machine that ends with the test at the latest. */
  static start(t: TestContext, options: MachineOptions): Machine {
    const machine = new Machine(options);
    t.after(() => {
      machine.stop();
      return machine.process;
    });
    return machine;
  }

  /** Waits for a line, at the earliest that of number `from`. Fails with everything that the machine said when it ends, or its time does, without one. */
  async expect(pattern: RegExp, from = 0): Promise<Line> {
    const line = await this.console.find(pattern, from);
    if (line !== undefined) return line;
    const why = this.timedOut
      ? `did not say it within ${this.seconds} s`
      : 'ended without saying it';
    assert.fail(`the machine ${why}: ${String(pattern)}\n${await this.said()}`);
  }

  /** Waits until the machine ends by itself. */
  async end(): Promise<void> {
    await this.process;
    if (this.timedOut)
      assert.fail(`the machine did not end within ${this.seconds} s\n${await this.said()}`);
  }

  /** As when its power is cut. */
  stop(): void {
    this.process.kill('SIGKILL');
  }

  /**
   * Does something while the machine stands still, with its files as they would be had it been killed now. It must not take
   * long.
   */
  whileStopped(work: () => void): void {
    this.process.kill('SIGSTOP');
    try {
      work();
    } finally {
      this.process.kill('SIGCONT');
    }
  }

  private async said(): Promise<string> {
    const { stderr, exitCode, signal } = await this.process;
    return `${this.console.transcript()}\nQEMU ended with ${signal ?? String(exitCode)}\n${stderr}`;
  }
}

function startQemu(options: MachineOptions) {
  const { disk, keep = false, kernel, firmware, reboots = false, memoryMib = 768 } = options;
  const { port, network = false } = options;
  const args = [
    ...['-nodefaults', '-display', 'none', '-serial', 'stdio', '-machine', 'q35'],
    // One processor: with two, QEMU 7.2 now and then lets one run into what the kernel is just patching on the other (an "int3"
    // oops, or a reset without a word).
    ...['-accel', 'tcg', '-cpu', 'max', '-smp', '1', '-m', String(memoryMib)],
    ...[
      '-drive',
      `file=${disk},if=none,format=raw,id=disk,cache=unsafe,snapshot=${keep ? 'off' : 'on'}`,
    ],
    ...['-device', `nvme,drive=disk,serial=disk${kernel === undefined ? ',bootindex=0' : ''}`],
    ...(reboots ? [] : ['-no-reboot']),
    ...(kernel === undefined
      ? []
      : ['-kernel', kernel.image, '-initrd', kernel.initrd, '-append', kernel.append]),
    ...(port === undefined
      ? []
      : ['-chardev', `socket,id=port,path=${port},server=on,wait=off`, '-serial', 'chardev:port']),
    // No ROM: the firmware is not to look for a system in the network.
    ...(network ? ['-netdev', 'user,id=net', '-device', 'virtio-net-pci,netdev=net,romfile='] : []),
    ...(firmware === undefined ? [] : flash(firmware.code, 0, true)),
    ...(firmware === undefined ? [] : flash(firmware.variables, 1, false)),
  ];
  // A machine that was killed is no error: its console says what happened.
  return execa('qemu-system-x86_64', args, {
    stdin: 'ignore',
    buffer: { stdout: false },
    reject: false,
    cleanup: true,
  });
}

function flash(file: string, unit: number, readonly: boolean): string[] {
  const options = `if=pflash,format=raw,unit=${unit},file=${file},readonly=${readonly ? 'on' : 'off'}`;
  return ['-drive', options];
}
