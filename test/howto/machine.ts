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

async function run({ agent, machine }: Running, script: string): Promise<Outcome> {
  agent.start(script);
  const answer = await agent.answer();
  if (answer === undefined)
    assert.fail(`the machine ended during: ${script}\n${await machine.said()}`);
  return answer;
}
