/** A key in an SSH agent: made, known to the system that is built, and asked to sign. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { untilListening } from '../../dist/test/helpers/listening.js';

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
    await untilListening({ what: 'the agent', pids: [agent.pid] }, socket);
    await shell.run(['ssh-add', '-q', 'agent-key']);
    const sealing = ['rootseal', 'seal', branch, '--ssh-agent', AGENT_KEY, '--keys', 'keys'];
    await shell.run(sealing, { title: 'seal by an SSH agent' });
  } finally {
    end();
    process.off('exit', end);
    delete shell.env.SSH_AUTH_SOCK;
  }
}
