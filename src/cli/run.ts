/** Parses a command line with yargs and runs the command it names. */
import type { ArgumentsCamelCase, Argv } from 'yargs';
import yargs from 'yargs';
import { RootsealError } from '../util/errors.js';
import type { AnyCommand, GlobalOptions } from './command.js';
import { isCommandName, loadCommands } from './commands/index.js';
import type { Outcome } from './context.js';
import { hideOddWords, restoreInMessage, restoreOddWords } from './odd-words.js';
import { processContext } from './process-context.js';
import { versionText } from './version.js';

/** @throws {RootsealError} USAGE when the command line is wrong, and whatever the command throws */
export async function runCommandLine(
  args: readonly string[],
  signal: AbortSignal,
): Promise<Outcome> {
  let outcome: Outcome = 'done';
  const named = args.find(mayBeCommand);
  const asksForHelp = args.some((word) => HELP.has(word));
  if (asksForHelp && named === undefined) {
    process.stdout.write(await overview());
    return outcome;
  }
  // The help of something that is not a command would hide that it is not one. Where some word is a command, the parser may
  // see it as the one that is meant, and help must never run it.
  const hides = asksForHelp && !isCommandName(named ?? '');
  if (hides && args.some(isCommandName))
    throw new RootsealError('USAGE', `unknown command: ${named ?? ''}`);
  const words = hides ? args.filter((word) => !HELP.has(word)) : args;
  const parser = configure(yargs(hideOddWords(words)));
  for (const command of await loadCommands(words[0])) {
    addCommand(parser, command, {
      signal,
      report: (result) => {
        outcome = result;
      },
    });
  }
  await parser.parseAsync();
  return outcome;
}

const HELP: ReadonlySet<string> = new Set(['--help', '-h']);

const SWITCHES: ReadonlySet<string> = new Set([
  ...['--json', '--quiet', '-q', '--verbose', '-v', '--color', '--no-color', '--help', '-h'],
]);

/** Neither an option nor the value of one. */
function mayBeCommand(word: string, index: number, words: readonly string[]): boolean {
  const before = words[index - 1] ?? '';
  const isValue = before.startsWith('-') && !before.includes('=') && !SWITCHES.has(before);
  return !word.startsWith('-') && !isValue;
}

async function overview(): Promise<string> {
  const { listCommands } = await import('./commands/index.js');
  const { renderOverview } = await import('./render/overview.js');
  return renderOverview(await listCommands());
}

/** Sets the options that every command takes. */
export function configure(parser: Argv): Argv {
  return parser
    .scriptName('rootseal')
    .usage('$0 <command>\n\nSigned, verified, content-addressed root file systems.')
    .option('json', {
      type: 'boolean',
      default: false,
      describe: 'print JSON',
      global: true,
    })
    .option('quiet', {
      alias: 'q',
      type: 'boolean',
      default: false,
      describe: 'no notes, no progress',
      global: true,
    })
    .option('verbose', {
      alias: 'v',
      type: 'boolean',
      default: false,
      describe: 'show more detail',
      global: true,
    })
    .option('color', {
      type: 'boolean',
      describe: 'colour on terminals (--no-color for none)',
      global: true,
    })
    .option('progress-fd', {
      type: 'number',
      describe: 'write progress events as JSON lines to this descriptor',
      global: true,
    })
    .version('version', 'print the version and the formats it speaks', versionText().trimEnd())
    .alias('version', 'V')
    .help()
    .alias('help', 'h')
    .completion('completion', 'print a completion script for bash or zsh')
    .strict()
    .demandCommand(1, 'name a command; `rootseal --help` lists them')
    .recommendCommands()
    .updateStrings({ 'Did you mean %s?': 'unknown command: did you mean %s?' })
    .exitProcess(false)
    .wrap(Math.min(100, process.stdout.columns))
    .parserConfiguration({ 'duplicate-arguments-array': true, 'strip-aliased': true })
    .fail(failUsage);
}

function failUsage(message: string | null, error: Error | undefined): never {
  if (error !== undefined) throw error;
  const text = restoreInMessage(message ?? 'wrong use')
    .trim()
    .replaceAll('\n', ' ');
  throw new RootsealError('USAGE', text, {
    hint: '`rootseal help COMMAND` says how a command is used',
  });
}

/** What running a command needs besides its own options. */
interface Run {
  readonly signal: AbortSignal;
  readonly report: (outcome: Outcome) => void;
}

function addCommand(parser: Argv, command: AnyCommand, run: Run, depth = 0): void {
  if (depth > 1) throw new TypeError('a subcommand has no subcommands');
  parser.command({
    command: command.command,
    describe: command.describe,
    builder: (inner: Argv) => {
      const configured = command.builder(inner);
      for (const subcommand of command.subcommands ?? [])
        addCommand(configured, subcommand, run, depth + 1);
      return command.subcommands === undefined
        ? configured
        : configured.demandCommand(1, 'name a subcommand').strict();
    },
    handler: async (options: ArgumentsCamelCase) => {
      if (command.subcommands !== undefined) return;
      restoreOddWords(options);
      refuseRepeated(options);
      refuseEmpty(options, command.command);
      const context = processContext(options as unknown as GlobalOptions, run.signal);
      run.report(await command.run(context, options as never));
    },
  });
}

/** `--branch a --branch b` is a mistake unless the option takes several values. */
function refuseRepeated(options: ArgumentsCamelCase): void {
  for (const [name, value] of Object.entries(options)) {
    if (name === '_' || !Array.isArray(value) || REPEATABLE.has(name)) continue;
    throw new RootsealError('USAGE', `--${name} was given more than once`);
  }
}

/** `--repo` as the last word, or `--limit x`: yargs makes an empty text and NaN of them. */
function refuseEmpty(options: ArgumentsCamelCase, command: string): void {
  const positionals = new Set(command.match(/[a-z]+(?=\.{0,2}[>\]])/g));
  for (const [name, value] of Object.entries(options)) {
    if (Number.isNaN(value)) throw new RootsealError('USAGE', `--${name} takes a number`);
    if (value === '' && !positionals.has(name))
      throw new RootsealError('USAGE', `--${name} needs a value`);
  }
}

/** Options and arguments that are lists. */
const REPEATABLE = new Set([
  'append',
  'delete',
  'karg',
  'kargDelete',
  'karg-delete',
  'key',
  'label',
  'module',
  'signerCommand',
  'signer-command',
  'files',
  'revs',
  'objects',
  'topic',
]);
