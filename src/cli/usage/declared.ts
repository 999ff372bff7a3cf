/** What a command takes, read from its own declaration. */
import type { Argv } from 'yargs';
import type { AnyCommand } from '../command.js';
import { generalOptions } from './general.js';
import type { ValueWord } from './values.js';

export interface DeclaredOption {
  readonly name: string;
  /** One letter. */
  readonly alias?: string;
  /** Names that it had before, and that go on to work; neither help nor completion tells of them. */
  readonly olderNames: readonly string[];
  readonly type: 'boolean' | 'string' | 'number';
  /** What its value can be; undefined for a switch and where there are choices. */
  readonly takes?: ValueWord;
  readonly choices?: readonly string[];
  readonly default?: unknown;
  readonly required: boolean;
  readonly describe: string;
  /** May be given several times, and is a list however often it was. */
  readonly isList: boolean;
  /** Every command takes it. */
  readonly isGeneral: boolean;
  /** Goes on to work, and neither help nor completion tells of it. */
  readonly isHidden: boolean;
}

export interface DeclaredArgument {
  readonly name: string;
  readonly required: boolean;
  /** Whether usage shows it without brackets: what is required, but for an older form. */
  readonly isExpected: boolean;
  /** Takes all words that are left. */
  readonly isList: boolean;
  readonly default?: unknown;
  readonly takes?: ValueWord;
  readonly choices?: readonly string[];
  readonly describe: string;
}

/** A command that can be run: its words, and what may follow them. */
export interface Declaration {
  /** `key generate` */
  readonly words: string;
  readonly options: readonly DeclaredOption[];
  readonly arguments: readonly DeclaredArgument[];
  /** What its help ends with. */
  readonly epilogue?: string;
}

/** What `yargs.option` and `yargs.positional` are given here. */
interface Spec {
  /** A letter, and older names. */
  readonly alias?: string | readonly string[];
  readonly type?: DeclaredOption['type'];
  readonly takes?: ValueWord;
  readonly choices?: readonly string[];
  readonly default?: unknown;
  readonly demandOption?: boolean;
  readonly array?: boolean;
  /** Goes on to work, and is not told of. */
  readonly hidden?: boolean;
  readonly describe?: string;
}

/** @param words the command's own, with those of the group it is in */
export function declarationOf(command: AnyCommand, words: string): Declaration {
  const { options, positionals, epilogue } = record(command.builder);
  const general = record(generalOptions).options;
  return {
    words,
    options: [
      ...options.map(([name, spec]) => declaredOption(name, spec, false)),
      ...general.map(([name, spec]) => declaredOption(name, spec, true)),
    ],
    arguments: argumentsOf(command.command, new Map(positionals)),
    ...(epilogue === undefined ? {} : { epilogue }),
  };
}

/** What stands for its value: a word, or the choices; empty for a switch. */
export function valueText({ takes, choices }: DeclaredOption): string {
  return choices?.join('|') ?? takes ?? '';
}

/** Its long names: a switch that is not off anyhow can be negated. */
export function longNames({ name, type, default: standard }: DeclaredOption): string[] {
  return type === 'boolean' && standard !== false ? [`--${name}`, `--no-${name}`] : [`--${name}`];
}

/** What it means, and how often it may be given. */
export function meaningOf({ describe, isList }: DeclaredOption): string {
  return isList ? `${describe}; may be repeated` : describe;
}

/** `rootseal pull REMOTE BRANCH` */
export function usageOf({ words, arguments: list }: Declaration): string {
  const parts = list.map(({ name, isExpected, isList }) => {
    const text = `${name.toUpperCase()}${isList ? '...' : ''}`;
    return isExpected ? text : `[${text}]`;
  });
  return ['rootseal', words, ...parts].join(' ');
}

function declaredOption(name: string, spec: Spec, isGeneral: boolean): DeclaredOption {
  const { takes, choices, describe = '', demandOption = false, array = false } = spec;
  const names = typeof spec.alias === 'string' ? [spec.alias] : (spec.alias ?? []);
  const alias = names.find((one) => one.length === 1);
  return {
    name,
    ...(alias === undefined ? {} : { alias }),
    olderNames: names.filter((one) => one.length > 1),
    type: spec.type ?? (choices === undefined ? 'boolean' : 'string'),
    ...(takes === undefined ? {} : { takes }),
    ...(choices === undefined ? {} : { choices }),
    default: spec.default,
    required: demandOption,
    describe,
    isList: array,
    isGeneral,
    isHidden: spec.hidden === true,
  };
}

/** `<file>`, `[path]`, `<files..>` after a command's word. */
function argumentsOf(form: string, specs: ReadonlyMap<string, Spec>): DeclaredArgument[] {
  return [...form.matchAll(/([<[])([a-z-]+)(\.\.)?[>\]]/g)].map(([, bracket, name = '', dots]) => {
    const {
      takes,
      choices,
      describe = '',
      default: standard,
      demandOption,
    } = specs.get(name) ?? {};
    return {
      name,
      required: bracket === '<',
      isExpected: bracket === '<' || demandOption === true,
      isList: dots !== undefined,
      default: standard,
      describe,
      ...(takes === undefined ? {} : { takes }),
      ...(choices === undefined ? {} : { choices }),
    };
  });
}

interface Recorded {
  readonly options: (readonly [string, Spec])[];
  readonly positionals: (readonly [string, Spec])[];
  readonly epilogue?: string;
}

/** Calls a builder with something that notes what it is told. */
function record(builder: (parser: Argv) => unknown): Recorded {
  const options: (readonly [string, Spec])[] = [];
  const positionals: (readonly [string, Spec])[] = [];
  const texts: string[] = [];
  const parser = {
    option: (name: string, spec: Spec) => {
      options.push([name, spec]);
      return parser;
    },
    positional: (name: string, spec: Spec) => {
      positionals.push([name, spec]);
      return parser;
    },
    epilogue: (text: string) => {
      texts.push(text);
      return parser;
    },
  };
  // Whatever else a builder might call is not a function, which the tests of every command see.
  builder(parser as unknown as Argv);
  const [epilogue] = texts;
  return { options, positionals, ...(epilogue === undefined ? {} : { epilogue }) };
}
