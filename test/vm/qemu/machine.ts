/**
 * Virtual machines for tests, in QEMU (emulator.ts says which).
 *
 * QEMU's exit status says nothing about what happened inside. What counts is what the machine said on its console.
 */
import assert from 'node:assert/strict';
import { execa } from 'execa';
import fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Scope } from '../../helpers/scratch.js';
import { COMMAND_LINE_MAX } from '../../../src/formats/deployment/command-line.js';
import { Console, type Line } from './console.js';
import { processor, QEMU } from './emulator.js';
import { Monitor } from './qmp.js';

/** Copies of OVMF's code and variables. */
export interface Firmware {
  readonly code: string;
  readonly variables: string;
  /** Whether only the firmware itself may write its variables, in system management mode, as OVMF with Secure Boot demands. */
  readonly guarded?: boolean;
}

export interface MachineOptions {
  /** The first disk, raw. Changes are forgotten unless `keep`. */
  readonly disk: string;
  readonly keep?: boolean;
  /** What it hangs on; the state of an NVMe disk cannot be saved. */
  readonly bus?: 'nvme' | 'virtio';
  /** Direct boot; without it the firmware starts what is on the disk. */
  readonly kernel?: { readonly image: string; readonly initrd: string; readonly append: string };
  readonly firmware?: Firmware;
  /** Let it start again when it asks to, in place of ending. */
  readonly reboots?: boolean;
  readonly memoryMib?: number;
  /** Path where the second serial port becomes a socket. */
  readonly port?: string;
  /** Whether it has a network on which this machine is 10.0.2.2. */
  readonly network?: boolean;
  /** Strings that the machine has of its maker (SMBIOS type 11). */
  readonly makerStrings?: readonly string[];
  /** Control socket of a TPM (tpm.ts). */
  readonly tpm?: string;
  /** What `Monitor.save` wrote of a machine with the same options; disk and variables must be as they were then. */
  readonly savedState?: string;
}

/**
 * A machine that says nothing for so long hangs: a hundred times of its longest silence on a quiet computer. It has no other limit, since
 * how long a machine takes depends on what else the computer does.
 */
const HANGS_AFTER_MS = 20 * 60 * 1000;
const LOOK_EVERY_MS = 5000;
/** For a machine that hangs, to say where. */
const ANSWERS_WITHIN_MS = 60_000;

export class Machine {
  readonly console: Console;
  private readonly process: ReturnType<typeof startQemu>;
  private readonly directory: string;
  private readonly monitor: Promise<Monitor | undefined>;
  private heardAt = performance.now();
  private where: string | undefined;
  private ended = false;

  /** Starts a machine, which runs until it ends by itself, hangs, or `stop`. */
  constructor(options: MachineOptions) {
    // A path of a socket may have 107 bytes.
    this.directory = fs.mkdtempSync('/tmp/rootseal-vm-');
    const socket = join(this.directory, 'qmp');
    this.process = startQemu(options, socket);
    this.console = new Console(this.process.stdout);
    this.process.stdout.on('data', () => {
      this.heard();
    });
    this.monitor = Monitor.connect(socket, () => this.ended);
    const watch = setInterval(() => {
      if (performance.now() - this.heardAt > HANGS_AFTER_MS) this.giveUp();
    }, LOOK_EVERY_MS);
    void this.process.finally(() => {
      this.ended = true;
      clearInterval(watch);
      fs.rmSync(this.directory, { recursive: true, force: true });
    });
  }

  /** Whether it runs no more. */
  get hasEnded(): boolean {
    return this.ended;
  }

  /** It gave a sign of life, also where that is not its console. */
  heard(): void {
    this.heardAt = performance.now();
  }

  /** Starts a machine that ends with the test at the latest. */
  static start(t: Scope, options: MachineOptions): Machine {
    const machine = new Machine(options);
    t.after(() => {
      machine.stop();
      return machine.process;
    });
    return machine;
  }

  /** Waits for a line, at the earliest that of number `from`. Fails with everything that the machine said when it ends without one. */
  async expect(pattern: RegExp, from = 0): Promise<Line> {
    const line = await this.console.find(pattern, from);
    if (line !== undefined) return line;
    assert.fail(`the machine ended without saying it: ${String(pattern)}\n${await this.said()}`);
  }

  /** Waits until the machine ends by itself. */
  async end(): Promise<void> {
    await this.process;
    if (this.where !== undefined) assert.fail(`the machine did not end\n${await this.said()}`);
  }

  /** As if somebody wrote it at its console. */
  type(text: string): void {
    this.process.stdin.write(text);
  }

  /** As when its power is cut. */
  stop(): void {
    this.process.kill('SIGKILL');
  }

  /** QEMU itself. */
  async qemu(): Promise<Monitor> {
    return (await this.monitor) ?? assert.fail(`QEMU does not run\n${await this.said()}`);
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

  /** Asks a machine that hangs where it stands, and ends it, whether it answers or not. */
  private giveUp(): void {
    if (this.where !== undefined) return;
    this.where = `nothing for ${HANGS_AFTER_MS / 60_000} minutes, so it was ended`;
    const end = (): void => {
      this.stop();
    };
    Promise.race([this.askWhere(), sleep(ANSWERS_WITHIN_MS)]).then(end, end);
  }

  private async askWhere(): Promise<void> {
    const monitor = await this.monitor;
    const registers = (await monitor?.registers()) ?? '';
    this.where = `${this.where ?? ''}\n${registers}`;
    // Blocked tasks, then all (Linux Documentation/admin-guide/sysrq.rst), which come on the console.
    for (const key of ['w', 't']) {
      await monitor?.execute('chardev-send-break', { id: 'console' });
      this.process.stdin.write(key);
      await sleep(LOOK_EVERY_MS);
    }
  }

  /** All that it said, and where it stood when it hung. */
  async said(): Promise<string> {
    const { stderr, exitCode, signal } = await this.process;
    const end = `QEMU ended with ${signal ?? String(exitCode)}\n${stderr}`;
    return `${this.console.transcript()}\n${this.where ?? ''}\n${end}`;
  }
}

function startQemu(options: MachineOptions, socket: string) {
  const { disk, keep = false, kernel, firmware, reboots = false, memoryMib = 768 } = options;
  const { port, network = false, savedState, bus = 'nvme', makerStrings = [], tpm } = options;
  const length = kernel?.append.length ?? 0;
  // Of a longer one the kernel hangs at once, without a word.
  assert.ok(length <= COMMAND_LINE_MAX, `the command line has ${length} characters`);
  const device = { nvme: 'nvme,drive=disk,serial=disk', virtio: 'virtio-blk-pci,drive=disk' }[bus];
  const args = [
    ...['-nodefaults', '-display', 'none', '-machine', 'q35', '-m', String(memoryMib)],
    ...(firmware?.guarded === true
      ? ['-global', 'driver=cfi.pflash01,property=secure,value=on']
      : []),
    ...processor(),
    ...['-chardev', 'stdio,id=console,signal=off', '-serial', 'chardev:console'],
    ...['-qmp', `unix:${socket},server=on,wait=off`],
    ...[
      '-drive',
      `file=${disk},if=none,format=raw,id=disk,cache=unsafe,snapshot=${keep ? 'off' : 'on'}`,
    ],
    ...['-device', `${device}${kernel === undefined ? ',bootindex=0' : ''}`],
    ...(reboots ? [] : ['-no-reboot']),
    ...(kernel === undefined
      ? []
      : ['-kernel', kernel.image, '-initrd', kernel.initrd, '-append', kernel.append]),
    ...(port === undefined
      ? []
      : ['-chardev', `socket,id=port,path=${port},server=on,wait=off`, '-serial', 'chardev:port']),
    // No ROM: the firmware is not to look for a system in the network.
    ...(network ? ['-netdev', 'user,id=net', '-device', 'virtio-net-pci,netdev=net,romfile='] : []),
    ...(tpm === undefined
      ? []
      : [
          ...['-chardev', `socket,id=tpm,path=${tpm}`, '-tpmdev', 'emulator,id=tpm,chardev=tpm'],
          ...['-device', 'tpm-crb,tpmdev=tpm'],
        ]),
    ...(firmware === undefined ? [] : flash(firmware.code, 0, true)),
    ...(firmware === undefined ? [] : flash(firmware.variables, 1, false)),
    ...makerStrings.flatMap((text) => ['-smbios', `type=11,value=${text.replaceAll(',', ',,')}`]),
    ...(savedState === undefined ? [] : ['-incoming', `exec:cat '${savedState}'`]),
  ];
  // A machine that was killed is not an error: its console says what happened.
  return execa(QEMU, args, {
    stdin: 'pipe',
    buffer: { stdout: false },
    reject: false,
    cleanup: true,
  });
}

function flash(file: string, unit: number, readonly: boolean): string[] {
  const options = `if=pflash,format=raw,unit=${unit},file=${file},readonly=${readonly ? 'on' : 'off'}`;
  return ['-drive', options];
}
