/** Calls the program as a user does. */
import { spawnSync } from 'node:child_process';
import { packagedProgram } from './packaged.js';

/** What `node` runs: the program as it is shipped, unless whoever started the tests names another. */
export const PROGRAM = process.env['ROOTSEAL_TEST_PROGRAM'] ?? packagedProgram();

/** What a call may be given besides its arguments. */
export interface CallOptions {
  readonly cwd?: string;
  /** Added to the environment; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string | Uint8Array;
  /** A program with arguments that runs what follows them, as `setpriv` does. */
  readonly through?: readonly string[];
}

export interface CallResult {
  readonly status: number | null;
  readonly stdout: string;
  /** Standard output as it is. */
  readonly bytes: Buffer;
  readonly stderr: string;
}

/** Runs `rootseal` with these arguments and waits for it. */
export function rootseal(args: readonly string[], options: CallOptions = {}): CallResult {
  const { cwd, env, input, through = [] } = options;
  const [command = '', ...rest] = [...through, process.execPath, PROGRAM, ...args];
  const result = spawnSync(command, rest, {
    ...(cwd === undefined ? {} : { cwd }),
    ...(input === undefined ? {} : { input }),
    env: { ...process.env, ROOTSEAL_REPO: undefined, SOURCE_DATE_EPOCH: undefined, ...env },
    maxBuffer: 2 ** 30,
  });
  if (result.error !== undefined) throw result.error;
  const { status, stdout, stderr } = result;
  return {
    status,
    stdout: stdout.toString('utf8'),
    bytes: stdout,
    stderr: stderr.toString('utf8'),
  };
}
