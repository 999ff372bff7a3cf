/** What may stand in the place of the last word of a command line that is being typed. */
import type { AnyCommand } from '../command.js';
import { listNames, loadCommand } from '../commands/index.js';
import { declarationOf, type Declaration, type DeclaredOption } from '../usage/declared.js';
import { valueName } from '../usage/values.js';
import { namesOfKind, type Typed } from './name-lists.js';
import { DIRECTORIES, FILES } from './scripts.js';

/**
 * @param words after `rootseal`; the last one is incomplete, and may be empty
 * @returns whole words that begin as it does, and `:files` or `:directories` when such names may come too
 */
export async function candidatesFor(words: readonly string[]): Promise<string[]> {
  const current = words.at(-1) ?? '';
  const found = await possible(words.slice(0, -1), current);
  return found.filter((word) => word === FILES || word === DIRECTORIES || word.startsWith(current));
}

async function possible(before: readonly string[], current: string): Promise<string[]> {
  const [name, ...rest] = before;
  if (name === undefined) return current.startsWith('-') ? ['--help', '--version'] : listNames();
  const command = await loadCommand(name);
  if (command === undefined) return [];
  const { subcommands } = command;
  if (subcommands === undefined) return ofCommand({ command, words: name, before: rest, current });
  const [word, ...others] = rest;
  if (word === undefined) return subcommands.map(firstWord);
  const inner = subcommands.find((one) => firstWord(one) === word);
  return inner === undefined
    ? []
    : ofCommand({ command: inner, words: `${name} ${word}`, before: others, current });
}

function firstWord(command: AnyCommand): string {
  return command.command.split(' ')[0] ?? '';
}

interface Line {
  readonly command: AnyCommand;
  readonly words: string;
  /** Whole words after those of the command. */
  readonly before: readonly string[];
  readonly current: string;
}

async function ofCommand({ command, words, before, current }: Line): Promise<string[]> {
  const declaration = declarationOf(command, words);
  const { options } = declaration;
  const typed: Typed = { words, values: valuesOf(declaration, before) };
  const attached = /^(--[a-z-]+)=/.exec(current);
  const last = before.at(-1);
  const named = attached?.[1] ?? last;
  const option = options.find((one) => named !== undefined && isCalled(one, named));
  if (option !== undefined && option.type !== 'boolean') {
    const found = await valuesFor(option, typed);
    if (attached === null) return found;
    return found.map((one) => (one.startsWith(':') ? one : `${attached[0]}${one}`));
  }
  if (current.startsWith('-')) return options.flatMap(flagsOf);
  const list = declaration.arguments;
  const more = list.at(-1)?.isList === true ? list.at(-1) : undefined;
  const argument = list[typed.values.given.length] ?? more;
  if (argument === undefined) return [];
  return argument.choices === undefined
    ? namesOfKind(kindOfArgument(words, argument.name), typed)
    : [...argument.choices];
}

function isCalled({ name, alias }: DeclaredOption, word: string): boolean {
  return word === `--${name}` || word === `-${alias ?? ''}`;
}

/** `--color` can be negated, others that are on by default too. */
function flagsOf({ name, type, default: standard }: DeclaredOption): string[] {
  return type === 'boolean' && standard !== false ? [`--${name}`, `--no-${name}`] : [`--${name}`];
}

async function valuesFor(option: DeclaredOption, typed: Typed): Promise<string[]> {
  if (option.choices !== undefined) return [...option.choices];
  return namesOfKind(option.name === 'branch' ? 'branch' : valueName(option.name), typed);
}

/** What an argument names, in the words of `valueName`. */
function kindOfArgument(words: string, name: string): string {
  if (name === 'name' && /^(?:branch|tag|remote) /.test(words)) return words.split(' ')[0] ?? '';
  return ARGUMENT_KINDS[name] ?? name;
}

const ARGUMENT_KINDS: Readonly<Record<string, string>> = {
  a: 'REV',
  b: 'REV',
  dir: 'DIR',
  directory: 'DIR',
  file: 'FILE',
  files: 'FILE',
  image: 'REV or FILE',
  objects: 'FILE',
  origin: 'REMOTE/BRANCH',
  rev: 'REV',
  revs: 'REV',
  source: 'FILE',
  target: 'FILE',
  tree: 'FILE',
  url: 'DIR',
};

/** The arguments, and the values of options that say where names are looked for. */
function valuesOf({ options }: Declaration, before: readonly string[]): Typed['values'] {
  const given: string[] = [];
  const named = new Map<string, string>();
  for (let index = 0; index < before.length; index++) {
    const word = before[index] ?? '';
    const [flag = '', attached] = word.split(/=(.*)/s, 2);
    const option = options.find((one) => isCalled(one, flag));
    if (option !== undefined && option.type !== 'boolean')
      named.set(option.name, attached ?? before[++index] ?? '');
    else if (!word.startsWith('-')) given.push(word);
  }
  return { given, named };
}
