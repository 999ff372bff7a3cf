/** Starts the disk of an installation with the TPM that it was made for, under a firmware with Secure Boot. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import type { Scope } from '../../helpers/scratch.js';
import { Agent } from '../qemu/agent.js';
import { untilComplete, type Asked } from '../qemu/host.js';
import { Machine, type Firmware } from '../qemu/machine.js';
import { startTpm } from '../qemu/tpm.js';

/** Of systemd, where the TPM does not give its key. */
export const PROMPT = /Please enter recovery key for disk root/;

export interface EncryptedMachine {
  readonly disk: string;
  /** What swtpm keeps. */
  readonly tpm: string;
  readonly firmware: Firmware;
}

/** What it changes on its disk remains. */
export async function startEncrypted(
  t: Scope,
  { disk, tpm, firmware }: EncryptedMachine,
): Promise<Asked> {
  const port = join(fs.mkdtempSync('/tmp/rootseal-port-'), 'port');
  t.after(() => {
    fs.rmSync(join(port, '..'), { recursive: true });
  });
  const machine = Machine.start(t, {
    ...{ disk, firmware, port, keep: true, reboots: true, network: true, memoryMib: 1024 },
    tpm: await startTpm(t, tpm),
  });
  return { machine, agent: await Agent.connect(port, machine) };
}

/** Waits until its boot was found good. Nobody types anything: being asked for the passphrase is a failure. */
export async function untilOpened(asked: Asked): Promise<void> {
  const { machine, agent } = asked;
  const from = machine.console.lines.length;
  const isAsked = machine.console.find(PROMPT, from).then((line) => line === undefined);
  const isOpen = await Promise.race([agent.ready(), isAsked]);
  assert.ok(isOpen, machine.console.transcript());
  await untilComplete(asked);
}

export async function restartOpened(asked: Asked): Promise<void> {
  asked.agent.start('systemctl --no-block reboot');
  await untilOpened(asked);
}
