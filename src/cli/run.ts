/** Finds the command that a command line names, and runs it with the values of its options. */
import { RootsealError } from '../util/errors.js';
import { streams } from '../util/streams.js';
import type { AnyCommand, GlobalOptions } from './command.js';
import { isCommandName, listNames, loadCommand } from './commands/index.js';
import type { Outcome } from './context.js';
import { perform } from './perform.js';
import { processContext } from './process-context.js';
import { declarationOf, longNames } from './usage/declared.js';
import { QUESTIONS } from './usage/general.js';
import { nearest } from './usage/nearest.js';
import { parseWords } from './usage/parse-arguments.js';
import { beforeDashes } from './usage/words.js';
import { printableJson } from '../util/printable.js';
import { versionDocument, versionText } from './version.js';

/** @throws {RootsealError} USAGE when the command line is wrong, and whatever the command throws */
export async function runCommandLine(
  args: readonly string[],
  signal: AbortSignal,
): Promise<Outcome> {
  const place = args.findIndex(mayBeCommand);
  if (place < 0) return runWithoutCommand(args);
  const name = args[place] ?? '';
  const command = await loadCommand(name);
  if (command === undefined) throw unknownCommand(name, args);
  const words = args.filter((_, index) => index !== place);
  const isHelp = beforeDashes(words).some(asksFor('help'));
  if (!isHelp && beforeDashes(words).some(asksFor('version')))
    return printVersion(beforeDashes(args));
  return runCommand({ command, name, words, isHelp, signal });
}

interface Call {
  readonly command: AnyCommand;
  /** The words that name it. */
  readonly name: string;
  /** All others. */
  readonly words: readonly string[];
  readonly isHelp: boolean;
  /** Ends the command. */
  readonly signal: AbortSignal;
}

async function runCommand(call: Call): Promise<Outcome> {
  const hasSubcommands = call.command.subcommands !== undefined;
  const meant = (hasSubcommands ? subcommandOf(call) : undefined) ?? call;
  const { command, name, words, isHelp, signal } = meant;
  if (isHelp) {
    const { helpText } = await import('./usage/help.js');
    await streams.result(helpText(command, name, process.stdout.columns));
    return 'done';
  }
  const values = parseWords(declarationOf(command, name), words);
  if (command.usesThreads === true) await startThread();
  const context = await processContext(values as unknown as GlobalOptions, signal, command.doing);
  const place = { sysroot: values['sysroot'], boot: values['boot'], repo: values['repo'] };
  return perform(context, place, () => command.run(context, values as never));
}

/** A thread takes a while to start, and so does loading the command's work: both are done at once. */
async function startThread(): Promise<void> {
  const { expectWork } = await import('../repo/work/script.js');
  expectWork();
}

/** Undefined when the command itself is meant, or the help of the group. */
function subcommandOf(call: Call): Call | undefined {
  const { command, name, words, isHelp } = call;
  const subcommands = command.subcommands ?? [];
  const names = subcommands.map((one) => one.command.split(' ')[0] ?? '');
  const place = words.findIndex(mayBeCommand);
  const word = words[place];
  const found = subcommands[names.indexOf(word ?? '')];
  if (found !== undefined)
    return {
      ...call,
      command: found,
      name: `${name} ${word ?? ''}`,
      words: words.filter((_, index) => index !== place),
    };
  if (command.isGroup !== true || (word === undefined && isHelp)) return undefined;
  const guess = word === undefined ? undefined : nearest(word, names);
  const what =
    word === undefined
      ? `${name} needs a subcommand: ${names.join(', ')}`
      : `${name}: unknown subcommand ${JSON.stringify(word)}${guess === undefined ? '' : `; did you mean ${guess}?`}`;
  throw new RootsealError('USAGE', what, { hint: `\`rootseal help ${name}\` says how it is used` });
}

type Question = (typeof QUESTIONS)[number]['name'];

/** `--help`, or its letter among those of `-qh`. */
function asksFor(question: Question): (word: string) => boolean {
  const { letters } = switches();
  const alias = QUESTIONS.find(({ name }) => name === question)?.alias ?? '';
  return (word) => word === `--${question}` || (letters.test(word) && word.includes(alias));
}

/** `--quiet`, `--no-color`, letters like those of `-qv`, and letters of which the last one has its value attached: `-qn5`. */
function switches(): {
  readonly words: ReadonlySet<string>;
  readonly letters: RegExp;
  readonly withValue: RegExp;
} {
  const general = declarationOf(NO_COMMAND, '').options.filter(({ type }) => type === 'boolean');
  const letters = [...general, ...QUESTIONS].map(({ alias = '' }) => alias).join('');
  return {
    words: new Set([...general.flatMap(longNames), ...QUESTIONS.map(({ name }) => `--${name}`)]),
    letters: new RegExp(`^-[${letters}]+$`),
    withValue: new RegExp(`^-[${letters}]*[^-${letters}].`, 's'),
  };
}

/** Neither an option nor the value of one. */
function mayBeCommand(word: string, index: number, words: readonly string[]): boolean {
  const before = words[index - 1] ?? '';
  const isValue = before.startsWith('-') && !before.includes('=') && !isComplete(before);
  return !word.startsWith('-') && !isValue;
}

/** Whether an option wants nothing of the next word. */
function isComplete(word: string): boolean {
  const { words, letters, withValue } = switches();
  return words.has(word) || letters.test(word) || withValue.test(word);
}

async function runWithoutCommand(args: readonly string[]): Promise<Outcome> {
  // An option that no command has must not be hidden by help.
  parseWords(
    { ...declarationOf(NO_COMMAND, ''), words: 'rootseal' },
    args.filter((word) => !asksFor('help')(word) && !asksFor('version')(word)),
  );
  if (args.some(asksFor('help'))) {
    const { listCommands } = await import('./commands/index.js');
    const { renderOverview } = await import('./render/overview.js');
    await streams.result(renderOverview(await listCommands()));
    return 'done';
  }
  if (args.some(asksFor('version'))) return printVersion(beforeDashes(args));
  throw new RootsealError('USAGE', 'name a command; `rootseal --help` lists them');
}

const NO_COMMAND: AnyCommand = {
  command: '',
  describe: '',
  builder: (yargs) => yargs,
  run: () => Promise.resolve('done'),
};

async function printVersion(words: readonly string[]): Promise<Outcome> {
  if (words.includes('--json'))
    await streams.result(`${printableJson({ version: 1, ...versionDocument() })}\n`);
  else await streams.result(versionText());
  return 'done';
}

/** Where a later word is a command, that one may be meant. */
function unknownCommand(name: string, args: readonly string[]): RootsealError {
  const guess = args.some(isCommandName) ? undefined : nearest(name, listNames());
  const text = `unknown command ${JSON.stringify(name)}`;
  return new RootsealError(
    'USAGE',
    guess === undefined ? text : `${text}; did you mean ${guess}?`,
    { hint: '`rootseal --help` lists the commands' },
  );
}
