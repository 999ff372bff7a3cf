/** A host of the fleet: a disk and firmware variables of its own, started from the firmware on, with an agent. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import type { StatusReport } from '../../../src/deploy/status/status-report.js';
import { statusReport } from '../../helpers/documents.js';
import { Agent } from './agent.js';
import { cachedLater } from './cache.js';
import { emulatorIdentity, FIRMWARE_CODE, FIRMWARE_VARIABLES } from './emulator.js';
import { fleet, FLEET_INGREDIENTS } from './fleet.js';
import { inScope, type Scope } from '../../helpers/scratch.js';
import { Machine } from './machine.js';
import { run } from './programs.js';

const DISK = 'disk.img';
const VARIABLES = 'variables.fd';
/** Of a host that runs: what it has in its memory. */
const STATE = 'state';

/** A host that runs. */
export interface Running {
  readonly host: Host;
  readonly machine: Machine;
  readonly agent: Agent;
}

/** What starts, and what in it can be asked. */
export type Asked = Pick<Running, 'machine' | 'agent'>;

/** Waits until nothing is left to be started: the boot was found good, or was not. */
export async function untilComplete({ agent }: Asked): Promise<void> {
  await agent.run('systemctl is-system-running --wait');
}

/** Restarts it in order, and waits until its next boot was found good, or not. */
export async function restart(running: Running): Promise<void> {
  running.agent.start('systemctl --no-block reboot');
  assert.ok(await running.agent.ready(), running.machine.console.transcript());
  await untilComplete(running);
}

export async function statusOf({ agent }: Asked): Promise<StatusReport> {
  return statusReport(await agent.run('rootseal status --json 2>/dev/null'));
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
    copy(FIRMWARE_VARIABLES, join(directory, VARIABLES));
    return new Host(directory);
  }

  /** Starts it. It ends with the test at the latest. */
  async start(t: Scope): Promise<Running> {
    return this.run(t, {});
  }

  /**
   * One on which v1 runs, and its boot was found good. That state of a machine is made once and saved: it goes on from there within
   * seconds. For tests that are not about how it came there.
   */
  static async running(t: Scope, directory: string): Promise<Running> {
    const saved = await cachedLater('host', SAVED_INGREDIENTS(), save);
    fs.mkdirSync(directory, { recursive: true });
    for (const name of [DISK, VARIABLES]) copy(join(saved, name), join(directory, name));
    const running = await new Host(directory).run(t, { savedState: join(saved, STATE) });
    await (await running.machine.qemu()).goOn();
    // It went to sleep at another time.
    await running.agent.run(`date --set=@${Math.floor(Date.now() / 1000)}`);
    return running;
  }

  private async run(t: Scope, more: { readonly savedState?: string }): Promise<Running> {
    const port = join(this.directory, 'port');
    fs.rmSync(port, { force: true });
    const machine = Machine.start(t, {
      disk: this.disk,
      keep: true,
      bus: 'virtio',
      firmware: { code: FIRMWARE_CODE, variables: join(this.directory, VARIABLES) },
      reboots: true,
      memoryMib: 1024,
      network: true,
      port,
      ...more,
    });
    return { host: this, machine, agent: await Agent.connect(port, machine) };
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

const SAVED_INGREDIENTS = (): string[] => [
  ...FLEET_INGREDIENTS,
  ...['host', 'machine', 'agent', 'qmp', 'emulator'].map((name) => `test/vm/qemu/${name}.ts`),
  `=${emulatorIdentity()}`,
  // The fleet that is there: one that was made again has other keys.
  `=${fs.statSync(fleet().disk).ino} ${fs.statSync(fleet().disk).mtimeMs}`,
];

/** Starts a host and leaves in `directory` what it is when its boot was found good. */
async function save(directory: string): Promise<void> {
  await inScope(async (scope) => {
    const running = await Host.fresh(directory).start(scope);
    assert.ok(await running.agent.ready(), running.machine.console.transcript());
    await untilComplete(running);
    await (await running.machine.qemu()).save(join(directory, STATE));
  });
}

function copy(from: string, to: string): void {
  run('cp', ['--sparse=always', '--reflink=auto', from, to]);
}
