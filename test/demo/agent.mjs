/** A key in an SSH agent: made, known to the system that is built, and asked to sign. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Unexpected } from './shell.mjs';

/** Name of the key, and of its verifier key. */
export const AGENT_KEY = 'agent.example.org';

/** Makes a key with ssh-keygen, and its verifier key in `keys`. */
export async function makeAgentKey(shell) {
  await shell.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'demo', '-f', 'agent-key']);
  const names = ['--name', AGENT_KEY, '--output', 'keys/agent'];
  await shell.run(['rootseal', 'key', 'import', 'agent-key.pub', ...names]);
}

/** Seals with it: by an agent that ends then. */
export async function sealByAgent(shell, branch) {
  const socket = join(shell.folder, 'agent');
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
  const end = () => agent.kill();
  process.once('exit', end);
  shell.env.SSH_AUTH_SOCK = socket;
  try {
    while (!existsSync(socket)) {
      if (agent.exitCode !== null) throw new Unexpected('ssh-agent does not start');
      await delay(10);
    }
    await shell.run(['ssh-add', '-q', 'agent-key']);
    const sealing = ['rootseal', 'seal', branch, '--ssh-agent', AGENT_KEY, '--keys', 'keys'];
    await shell.run(sealing, { title: 'seal by an SSH agent' });
  } finally {
    end();
    process.off('exit', end);
    delete shell.env.SSH_AUTH_SOCK;
  }
}
