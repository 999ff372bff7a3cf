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

/**
 * Starts the TPM of this directory, until the machine ends or the test does. The machine resets it itself.
 * @returns its control socket
 */
export async function startTpm(t: Scope, directory: string): Promise<string> {
  fs.mkdirSync(directory, { recursive: true });
  // A path of a socket may have 107 bytes.
  const sockets = fs.mkdtempSync('/tmp/rootseal-tpm-');
  const control = join(sockets, 'tpm.ctrl');
  const child = spawn(
    'swtpm',
    [
      ...['socket', '--tpm2', '--terminate', '--tpmstate', `dir=${directory}`],
      ...['--ctrl', `type=unixio,path=${control}`],
    ],
    { stdio: 'ignore' },
  );
  const end = new Promise((resolve) => child.once('close', resolve));
  t.after(async () => {
    child.kill();
    await end;
    fs.rmSync(sockets, { recursive: true });
  });
  await untilListening({ what: 'swtpm to listen', pids: [child.pid] }, control);
  return control;
}
