/** What may follow each command, in the short form that the scripts of all shells read (`completion/rootseal.*`). */
import type { AnyCommand } from '../command.js';
import { loadCommands } from '../commands/index.js';
import { listPages } from '../commands/help.js';
import {
  declarationOf,
  longNames,
  meaningOf,
  type DeclaredArgument,
  type DeclaredOption,
} from '../usage/declared.js';
import { QUESTIONS } from '../usage/general.js';
import { offersOf, type ValueWord } from '../usage/values.js';

/** One thing that may follow a command. */
export interface Token {
  /** `group`, a subcommand, `@KINDS` or `--name,-n=KINDS`, as explained at the beginning of each script. */
  readonly text: string;
  readonly about: string;
}

/** Of each command by its words; the empty word has the commands themselves. */
export interface Specs {
  readonly commands: ReadonlyMap<string, readonly Token[]>;
  /** What may follow each of them besides. */
  readonly every: readonly Token[];
}

/** Those of all commands there are. */
export async function readSpecs(): Promise<Specs> {
  const all = await loadCommands();
  const commands = new Map<string, readonly Token[]>([['', ofGroup(all)]]);
  const queue = all.map((command) => ({ command, words: firstWord(command) }));
  for (const { command, words } of queue) {
    const { subcommands = [], isGroup } = command;
    commands.set(words, isGroup === true ? ofGroup(subcommands) : ofCommand(command, words));
    for (const one of subcommands)
      queue.push({ command: one, words: `${words} ${firstWord(one)}` });
  }
  const [first] = all;
  const { options = [] } = first === undefined ? {} : declarationOf(first, '');
  const general = options.filter(({ isGeneral }) => isGeneral).flatMap(ofOption);
  const questions = QUESTIONS.map(({ name, alias, describe }) => ({
    text: `--${name},-${alias}`,
    about: describe,
  }));
  return { commands, every: [...general, ...questions] };
}

function ofCommand(command: AnyCommand, words: string): Token[] {
  const { arguments: list, options } = declarationOf(command, words);
  const own = options.filter(({ isGeneral, isHidden }) => !isGeneral && !isHidden);
  const subcommands = (command.subcommands ?? []).map((one) => `word:${firstWord(one)}`);
  return [
    ...list.map((argument, index) => ofArgument(argument, index === 0 ? subcommands : [])),
    ...own.flatMap(ofOption),
  ];
}

function ofGroup(commands: readonly AnyCommand[]): Token[] {
  const words = commands.map((one) => ({ text: firstWord(one), about: one.describe }));
  return [{ text: 'group', about: '' }, ...words];
}

function firstWord({ command }: AnyCommand): string {
  return command.split(' ')[0] ?? '';
}

/** @param words that may stand there, too: subcommands */
function ofArgument(
  { choices, takes, isList, describe }: DeclaredArgument,
  words: readonly string[],
): Token {
  const kinds = [...words, kindsOf(choices, takes)].filter((kind) => kind !== '').join(',');
  return { text: `@${kinds}${isList ? '...' : ''}`, about: describe };
}

/** A switch that can be negated makes two. */
function ofOption(option: DeclaredOption): Token[] {
  const { alias, type, choices, takes, isList } = option;
  const about = meaningOf(option);
  return longNames(option).map((name, index) => {
    const names = alias === undefined || index > 0 ? name : `${name},-${alias}`;
    const kinds = type === 'boolean' ? '' : `=${kindsOf(choices, takes)}${isList ? '...' : ''}`;
    return { text: `${names}${kinds}`, about };
  });
}

function kindsOf(choices: readonly string[] | undefined, takes: ValueWord | undefined): string {
  if (choices !== undefined) return choices.map((word) => `word:${word}`).join(',');
  if (takes === undefined) return '';
  const { names, pages, files, prefixes = [] } = offersOf(takes);
  return [
    // They come with the program, as the script does: nobody need be asked.
    ...(pages === undefined ? [] : listPages().map((page) => `word:${page}`)),
    ...(names === undefined ? [] : [`name:${names}`]),
    // First: where one stands before a file, nothing else can be meant.
    ...prefixes.map((prefix) => `prefix:${prefix}`),
    ...(files === undefined ? [] : [files === 'any' ? 'files' : files]),
  ].join(',');
}
