/** A host of the fleet: a disk and firmware variables of its own, started from the firmware on, with an agent. */
import fs from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { StatusReport } from '../../../src/deploy/status/report.js';
import { Agent } from './agent.js';
import { fleet } from './fleet.js';
import { Machine } from './machine.js';
import { lacksForMachines, run } from './programs.js';

const OVMF = '/usr/share/OVMF';
const DISK = 'disk.img';
const VARIABLES = 'variables.fd';

/** Time limit of one machine: some five times of what the longest takes on a quiet one. */
const SECONDS = 1800;

/** A host that runs. */
export interface Running {
  readonly machine: Machine;
  readonly agent: Agent;
}

/** Why a machine with firmware cannot be started here; false when it can. */
export function lacksFirmware(): string | false {
  const lacks = lacksForMachines();
  if (lacks !== false || fs.existsSync(`${OVMF}/OVMF_CODE_4M.fd`)) return lacks;
  return 'needs OVMF (Debian package ovmf)';
}

/** Waits until nothing is left to be started: the boot was found good, or was not. */
export async function untilComplete({ agent }: Running): Promise<void> {
  await agent.run('systemctl is-system-running --wait');
}

export async function statusOf({ agent }: Running): Promise<StatusReport> {
  return JSON.parse(await agent.run('rootseal status --json 2>/dev/null')) as StatusReport;
}

export class Host {
  readonly disk: string;
  private readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
    this.disk = join(directory, DISK);
  }

  /**
   * One on which v1 was just installed. Fills a directory that is empty or not there.
   * @param disk what it gets a copy of
   */
  static fresh(directory: string, disk = fleet().disk): Host {
    fs.mkdirSync(directory, { recursive: true });
    copy(disk, join(directory, DISK));
    copy(`${OVMF}/OVMF_VARS_4M.fd`, join(directory, VARIABLES));
    return new Host(directory);
  }

  /** Starts it. It ends with the test at the latest. */
  async start(t: TestContext): Promise<Running> {
    const port = join(this.directory, 'port');
    fs.rmSync(port, { force: true });
    const machine = Machine.start(t, {
      disk: this.disk,
      keep: true,
      firmware: { code: `${OVMF}/OVMF_CODE_4M.fd`, variables: join(this.directory, VARIABLES) },
      reboots: true,
      memoryMib: 1024,
      network: true,
      seconds: SECONDS,
      port,
    });
    return { machine, agent: await Agent.connect(port) };
  }

  /**
   * What would be left of it if its power were cut now. It goes on.
   * @param directory is emptied, and filled
   */
  asIfCut({ machine }: Running, directory: string): Host {
    fs.rmSync(directory, { recursive: true, force: true });
    fs.mkdirSync(directory);
    machine.whileStopped(() => {
      for (const name of [DISK, VARIABLES]) copy(join(this.directory, name), join(directory, name));
    });
    return new Host(directory);
  }

  remove(): void {
    fs.rmSync(this.directory, { recursive: true });
  }
}

function copy(from: string, to: string): void {
  run('cp', ['--sparse=always', '--reflink=auto', from, to]);
}
