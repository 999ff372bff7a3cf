/** A TPM for a machine: swtpm, which keeps its seeds and what it stores in a directory. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../../../src/disk/tools.js';
import { untilListening } from '../../helpers/listening.js';
import type { Scope } from '../../helpers/scratch.js';

/** Why there can be none; false when there can. */
export function lacksTpm(): string | false {
  return findProgram('swtpm') === undefined && 'needs swtpm (Debian package swtpm)';
}

/** How it is spoken to: a machine resets it itself, and takes it over; programs want it started. */
type Caller = 'machine' | 'program';

/**
 * Starts the TPM of this directory, until the machine ends or the test does.
 * @returns its socket: the control socket for a machine; for programs that of commands, which has its control socket beside it
 */
export async function startTpm(t: Scope, directory: string, caller: Caller): Promise<string> {
  fs.mkdirSync(directory, { recursive: true });
  // A path of a socket may have 107 bytes.
  const sockets = fs.mkdtempSync('/tmp/rootseal-tpm-');
  const [commands, control] = [join(sockets, 'tpm'), join(sockets, 'tpm.ctrl')];
  const ways = {
    machine: ['--terminate'],
    program: [
      ...['--server', `type=unixio,path=${commands}`],
      ...['--flags', 'not-need-init,startup-clear'],
    ],
  };
  const child = spawn(
    'swtpm',
    [
      ...['socket', '--tpm2', '--tpmstate', `dir=${directory}`],
      ...['--ctrl', `type=unixio,path=${control}`, ...ways[caller]],
    ],
    { stdio: 'ignore' },
  );
  const end = new Promise((resolve) => child.once('close', resolve));
  t.after(async () => {
    child.kill();
    await end;
    fs.rmSync(sockets, { recursive: true });
  });
  const socket = caller === 'machine' ? control : commands;
  await untilListening({ what: 'swtpm to listen', pids: [child.pid] }, socket);
  return socket;
}
