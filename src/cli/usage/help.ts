/** `rootseal COMMAND --help`: how a command is called, and what each option means. */
import type { AnyCommand } from '../command.js';
import {
  declarationOf,
  longNames,
  meaningOf,
  usageOf,
  valueText,
  type DeclaredArgument,
  type DeclaredOption,
} from './declared.js';
import { QUESTIONS } from './general.js';
import { wrapText } from './wrap.js';

/** Widest text, however wide the terminal is. */
const WIDTH_MAX = 100;
const WIDTH_DEFAULT = 80;

/**
 * The whole text; it ends with a newline.
 * @param columns of the terminal; undefined when there is none
 */
export function helpText(command: AnyCommand, words: string, columns: number | undefined): string {
  const width = Math.min(WIDTH_MAX, columns ?? WIDTH_DEFAULT);
  const lines = command.isGroup === true ? ofGroup : ofCommand;
  return `${lines(command, words, width).join('\n')}\n`;
}

function ofGroup(
  { describe, subcommands = [] }: AnyCommand,
  words: string,
  width: number,
): string[] {
  return [
    ...head(`rootseal ${words} SUBCOMMAND`, describe),
    ...section('Subcommands:', rowsOf(subcommands, words), width),
    `rootseal ${words} SUBCOMMAND --help shows the options, rootseal help ${words} the manual.`,
  ];
}

function rowsOf(subcommands: readonly AnyCommand[], words: string): Row[] {
  return subcommands.map((one) => {
    const name = one.command.split(' ')[0] ?? '';
    return [usageOf(declarationOf(one, `${words} ${name}`)), one.describe];
  });
}

function ofCommand(command: AnyCommand, words: string, width: number): string[] {
  const declaration = declarationOf(command, words);
  const own = declaration.options.filter(({ isGeneral, isHidden }) => !isGeneral && !isHidden);
  const general = declaration.options.filter(({ isGeneral }) => isGeneral);
  const { epilogue } = declaration;
  return [
    ...head(`${usageOf(declaration)} [OPTIONS]`, command.describe),
    ...section('Subcommands:', rowsOf(command.subcommands ?? [], words), width),
    ...section('Arguments:', declaration.arguments.map(rowOfArgument), width),
    ...section('Options:', own.map(rowOfOption), width),
    ...section('Options of every command:', [...general.map(rowOfOption), ...QUESTION_ROWS], width),
    ...(epilogue === undefined ? [] : [...wrapText(epilogue, width), '']),
    `rootseal help ${words} shows the manual.`,
  ];
}

function head(usage: string, describe: string): string[] {
  return [`Usage: ${usage}`, '', describe, ''];
}

type Row = readonly [left: string, right: string];

/** What is asked in place of a run. */
const QUESTION_ROWS = QUESTIONS.map(({ name, alias, describe }): Row => [
  `-${alias}, --${name}`,
  describe,
]);

function rowOfArgument({ name, describe }: DeclaredArgument): Row {
  return [name.toUpperCase(), describe];
}

function rowOfOption(option: DeclaredOption): Row {
  const { alias, choices, required } = option;
  const flags = `${alias === undefined ? '    ' : `-${alias}, `}${longNames(option).join(', ')}`;
  const value = valueText(option);
  const standard =
    choices === undefined || typeof option.default !== 'string'
      ? ''
      : ` (default: ${option.default})`;
  return [
    `${flags}${value === '' ? '' : ` ${value}`}`,
    `${meaningOf(option)}${standard}${required ? '; needed' : ''}`,
  ];
}

function section(title: string, rows: readonly Row[], width: number): string[] {
  return rows.length === 0 ? [] : [title, ...table(rows, width), ''];
}

/** Widest left column; what is wider has its text on the next line. */
const LEFT_MAX = 30;

function table(rows: readonly Row[], width: number): string[] {
  const widest = rows.reduce((most, [text]) => Math.max(most, text.length), 0);
  const left = Math.min(LEFT_MAX, widest);
  const indent = ' '.repeat(left + 4);
  return rows.flatMap(([name, text]) => {
    const lines = wrapText(text, Math.max(20, width - left - 4));
    const first =
      name.length <= left
        ? [`  ${name.padEnd(left)}  ${lines[0] ?? ''}`]
        : [`  ${name}`, `${indent}${lines[0] ?? ''}`];
    return [...first, ...lines.slice(1).map((line) => `${indent}${line}`)].map((line) =>
      line.trimEnd(),
    );
  });
}
