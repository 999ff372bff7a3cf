/** Calls the program while this process goes on, as a server for it must. */
import { spawn, type ChildProcess } from 'node:child_process';
import { type CallOptions, type CallResult, PROGRAM } from './cli.js';
import { unlessHung } from './hang.js';

export interface RunningCall {
  readonly child: ChildProcess;
  /** `status` is null when it was killed. */
  readonly ended: Promise<CallResult>;
}

/** Starts `rootseal` with these arguments. */
export function startRootseal(args: readonly string[], { env }: CallOptions = {}): RunningCall {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ROOTSEAL_REPO: undefined, ...env },
  });
  // Not one is left behind by a test that fails meanwhile.
  const end = (): void => {
    child.kill('SIGKILL');
  };
  process.on('exit', end);
  child.once('close', () => process.off('exit', end));
  const stdout: Buffer[] = [];
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const ended = new Promise<CallResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => {
      const bytes = Buffer.concat(stdout);
      resolve({ status, stdout: bytes.toString('utf8'), bytes, stderr });
    });
  });
  const context = {
    what: `${args.join(' ')} to end`,
    pids: [child.pid],
    tell: () => `output so far:\n${Buffer.concat(stdout).toString('utf8')}${stderr}`,
  };
  return { child, ended: unlessHung(context, ended) };
}
