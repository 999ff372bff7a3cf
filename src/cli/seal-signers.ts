/** Options of commands that sign with seal keys: where the keys are, and who else signs. */
import type { Argv } from 'yargs';
import type { Keyring } from '../formats/seal/trusted-keys.js';
import type { KeyedSigner } from '../release/keyed-signer.js';
import type { NewSignatures, Signers } from '../release/sealing.js';
import { RootsealError } from '../util/errors.js';
import type { Context } from './context.js';

const NOBODY: Signers = { keyed: [], outside: [], known: new Map() };

export interface KeyedSignerOptions {
  readonly key?: readonly string[] | undefined;
  readonly passphraseFile?: string | undefined;
  readonly sshAgent?: readonly string[] | undefined;
  readonly signerCommand?: readonly string[] | undefined;
  readonly signerKey?: string | undefined;
  readonly keys?: string | undefined;
}

/** Adds `--key`, `--passphrase-file`, `--ssh-agent`, `--signer-command`, `--signer-key` and `--keys`. */
export function keyedSignerOptions<T>(yargs: Argv<T>) {
  return yargs
    .option('key', {
      type: 'string',
      takes: 'FILE',
      array: true,
      describe: 'signer key to sign with',
    })
    .option('passphrase-file', {
      type: 'string',
      takes: 'FILE',
      describe: 'file with the passphrase of an encrypted --key',
    })
    .option('ssh-agent', {
      type: 'string',
      takes: 'NAME|FILE',
      array: true,
      describe: 'verifier key whose other half an SSH agent has, by its name or its *.pub file',
    })
    .option('signer-command', {
      type: 'string',
      takes: 'COMMAND',
      array: true,
      describe: 'shell command that reads what is to be signed and prints signature lines',
    })
    .option('signer-key', {
      type: 'string',
      takes: 'NAME|FILE',
      describe:
        'verifier key of the one --signer-command, which prints the 64 bytes of its signature alone',
    })
    .option('keys', {
      type: 'string',
      takes: 'DIR',
      describe: "directory of *.pub keys that names are looked up in (default: the host's)",
    });
}

/**
 * The signers that the options name, each with a key that is known; none when they name none.
 * @throws {RootsealError} USAGE when the key of a command is not known, or a key or an agent cannot be found
 */
export async function keyedSignersOf(
  context: Context,
  options: KeyedSignerOptions,
): Promise<readonly KeyedSigner[]> {
  const { keyed, outside } = await signersOf(context, options);
  if (outside.length === 0) return keyed;
  throw new RootsealError('USAGE', '--signer-command: its key is not known', {
    hint: 'name its verifier key with --signer-key',
  });
}

/** As `keyedSignersOf`, and commands may say themselves who has signed. */
export async function signersOf(context: Context, options: KeyedSignerOptions): Promise<Signers> {
  const { key: files = [], sshAgent = [], signerCommand: commands = [], signerKey } = options;
  if (signerKey !== undefined && commands.length !== 1) throw notOneCommand();
  if (options.passphraseFile !== undefined && files.length === 0)
    throw new RootsealError('USAGE', '--passphrase-file goes with --key', {
      hint: 'it decrypts the signer key of --key FILE; agents and commands ask for passphrases themselves',
    });
  if (files.length + sshAgent.length + commands.length === 0) return NOBODY;
  const { readSignerKey } = await import('../release/keys.js');
  const { commandSigner, fileSigner } = await import('../release/keyed-signer.js');
  const keys = files.map((file) => readSignerKey(file, options.passphraseFile));
  const inFiles = keys.map(fileSigner);
  const { linesCommand } = await import('../release/sealing.js');
  const { loadKnownKeys } = await import('../release/trust.js');
  const { verifierNamed } = await import('../release/named-key.js');
  const known = loadKnownKeys(options.keys, keys);
  const keyed = [...inFiles, ...(await agentSigners(context, sshAgent, known))];
  if (signerKey === undefined) return { keyed, outside: commands.map(linesCommand), known };
  const key = verifierNamed(signerKey, known);
  const raw = commands.map((command) => commandSigner(command, key));
  return { keyed: [...keyed, ...raw], outside: [], known };
}

async function agentSigners(
  context: Context,
  names: readonly string[],
  known: Keyring,
): Promise<KeyedSigner[]> {
  if (names.length === 0) return [];
  const { agentSigner } = await import('../release/agent-signer.js');
  const { verifierNamed } = await import('../release/named-key.js');
  const socket = agentSocket(context);
  return names.map((name) => agentSigner(verifierNamed(name, known), socket));
}

/** Whether there is anybody to sign. */
export function hasSigners({ keyed, outside }: Signers): boolean {
  return keyed.length + outside.length > 0;
}

/** Tells of signatures that nobody has checked. */
export function warnOfUnchecked(context: Context, { unchecked }: NewSignatures): void {
  if (unchecked.length === 0) return;
  const who = unchecked.map(({ name, keyId }) => `${name}+${keyId}`).join(', ');
  context.remark(
    `warning: not checked, for their keys are not known here: ${who}; ` +
      'run `rootseal verify` with the verifier keys',
  );
}

function agentSocket(context: Context): string {
  const { SSH_AUTH_SOCK: socket = '' } = context.env;
  if (socket !== '') return socket;
  throw new RootsealError('FAILED', 'there is no SSH agent: SSH_AUTH_SOCK is not set', {
    hint: 'start one with `eval $(ssh-agent)`, and give it the key with `ssh-add FILE`',
  });
}

function notOneCommand(): RootsealError {
  return new RootsealError('USAGE', '--signer-key goes with one --signer-command', {
    hint: 'commands that sign with different keys sign one after the other: run the command again for the next one',
  });
}
