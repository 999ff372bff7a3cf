/** Runs commands of a page on a machine of the fleet: through its agent, and over its reboots. */
import assert from 'node:assert/strict';
import { restart, type Running } from '../vm/qemu/host.js';
import type { Execute, Outcome } from './page.js';

/** Each command has a shell of its own there; only the exit status of the one before is handed on. */
export function onMachine(running: Running): Execute {
  let status = 0;
  return async (command) => {
    if (command === 'systemctl reboot') {
      await restart(running);
      status = 0;
      return { status, output: '' };
    }
    const outcome = await run(running, `(exit ${status})\n${command}`);
    status = outcome.status;
    return outcome;
  };
}

/** Told of a connection that broke and was made anew: that happens on a busy machine, and no page shows it. */
const FURTHER_ATTEMPT = /^.*; trying again in [0-9.]+ s \([0-9] of [0-9]\)\n/gm;

async function run({ agent, machine }: Running, script: string): Promise<Outcome> {
  agent.start(script);
  const answer = await agent.answer();
  if (answer === undefined)
    assert.fail(`the machine ended during: ${script}\n${await machine.said()}`);
  return { ...answer, output: answer.output.replace(FURTHER_ATTEMPT, '') };
}
