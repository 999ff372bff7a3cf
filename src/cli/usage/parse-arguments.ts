/**
 * Words of a command line into the values of options and arguments. What is wrong is said in the command's own words; an
 * unknown option before anything that is missing.
 */
import { RootsealError } from '../../util/errors.js';
import {
  usageOf,
  valueText,
  type Declaration,
  type DeclaredArgument,
  type DeclaredOption,
} from './declared.js';
import { nearest } from './nearest.js';
import { beforeDashes, splitWords } from './words.js';

/** Values by name, in camel case. */
export type Values = Record<string, unknown>;

/**
 * @param words all but those that name the command
 * @throws {RootsealError} USAGE
 */
export function parseWords(declaration: Declaration, words: readonly string[]): Values {
  return new Parser(declaration).parse(words);
}

/** Decimal digits, without a sign and without zeros in front (RFC 8785 would write the number so). */
const DECIMAL = /^(?:0|[1-9][0-9]{0,15})$/;

class Parser {
  private readonly declaration: Declaration;
  private readonly given = new Map<DeclaredOption, readonly (string | number | boolean)[]>();
  private rest: readonly string[] = [];

  constructor(declaration: Declaration) {
    this.declaration = declaration;
  }

  parse(words: readonly string[]): Values {
    const { options } = this.declaration;
    for (const option of options) if (option.type === 'boolean') this.refuseAttached(option, words);
    for (const word of beforeDashes(words)) this.refuseOdd(word);
    const { given, rest } = splitWords(words, options, (message) => {
      throw this.wrong(message);
    });
    for (const name of given.keys())
      if (!options.some((option) => option.name === name)) throw this.unknown(name, words);
    for (const option of options) this.take(option, given.get(option.name));
    this.rest = rest;
    return { ...this.argumentValues(), ...this.optionValues() };
  }

  /** `--json=no`, of which the parser of yargs makes true or false. */
  private refuseAttached(
    { name, alias, olderNames, ...option }: DeclaredOption,
    words: readonly string[],
  ): void {
    const long = [name, ...olderNames].flatMap((one) => [`--${one}`, `--no-${one}`]);
    const forms = [...long, ...(alias === undefined ? [] : [`-${alias}`])];
    const form = forms.find((one) =>
      beforeDashes(words).some((word) => word.startsWith(`${one}=`)),
    );
    if (form === undefined) return;
    const choice = option.default === undefined ? `: write --${name} or --no-${name}` : '';
    throw this.wrong(`${form} takes no value${choice}`);
  }

  /** Words that the parser of yargs would make something else of: its own list `_`, and `---`. */
  private refuseOdd(word: string): void {
    if (/^(?:---|--_(?:=|$))/.test(word)) throw this.wrong(`unknown option ${word}`);
  }

  private take(option: DeclaredOption, values: readonly (string | boolean)[] | undefined): void {
    if (values === undefined) return;
    if (option.type !== 'boolean' && values.includes(false))
      throw this.wrong(`unknown option --no-${option.name}`);
    if (values.length > 1 && !option.isList)
      throw this.wrong(`--${option.name} was given more than once`);
    this.given.set(
      option,
      values.map((value) => this.convert(option, value)),
    );
  }

  private convert(option: DeclaredOption, value: string | boolean): string | number | boolean {
    const { name, type, choices } = option;
    if (typeof value === 'boolean') return value;
    if (value === '') throw this.wrong(`--${name} needs a value: --${name} ${valueText(option)}`);
    if (type === 'number') {
      if (DECIMAL.test(value) && Number.isSafeInteger(Number(value))) return Number(value);
      throw this.wrong(`--${name} takes a whole number, and ${JSON.stringify(value)} is not one`);
    }
    if (choices === undefined || choices.includes(value)) return value;
    throw this.wrong(`--${name}: ${JSON.stringify(value)} is not one of ${choices.join(', ')}`);
  }

  private argumentValues(): Values {
    const values: Values = {};
    const rest = [...this.rest];
    for (const argument of this.declaration.arguments) {
      const taken = argument.isList ? rest.splice(0) : rest.splice(0, 1);
      this.checkArgument(argument, taken);
      const given = argument.isList ? taken : taken[0];
      values[camelCase(argument.name)] = taken.length > 0 ? given : argument.default;
    }
    const [extra] = rest;
    if (extra === undefined) return values;
    throw this.wrong(
      `${JSON.stringify(extra)} is one argument too many. Usage: ${usageOf(this.declaration)}`,
    );
  }

  private checkArgument(argument: DeclaredArgument, taken: readonly string[]): void {
    const { name, required, isList, choices } = argument;
    const shown = name.toUpperCase();
    if (taken.length === 0 && required)
      throw this.wrong(`${shown} is missing. Usage: ${usageOf(this.declaration)}`);
    if (taken.includes('') && (required || !isList)) throw this.wrong(`${shown} is empty`);
    const odd = choices === undefined ? undefined : taken.find((one) => !choices.includes(one));
    if (odd !== undefined)
      throw this.wrong(`${JSON.stringify(odd)} is not one of ${choices?.join(', ') ?? ''}`);
  }

  private optionValues(): Values {
    const values: Values = {};
    for (const option of this.declaration.options) {
      const given = this.given.get(option);
      if (given === undefined && option.required)
        throw this.mistake(`${this.declaration.words} needs --${option.name} ${valueText(option)}`);
      values[camelCase(option.name)] =
        given === undefined ? option.default : option.isList ? given : given[0];
    }
    return values;
  }

  /** @param name as the parser gives it: the word itself is told */
  private unknown(name: string, words: readonly string[]): RootsealError {
    const long = this.declaration.options
      .filter(({ isHidden }) => !isHidden)
      .map((option) => option.name);
    const forms = [`--${name}`, `--no-${name}`];
    const word = beforeDashes(words)
      .map((one) => one.split('=', 1)[0] ?? one)
      .find((one) => forms.includes(one));
    const shown = word ?? `--${name}`;
    const guess = nearest(shown.slice(2), long);
    return this.wrong(
      `unknown option ${shown}${guess === undefined ? '' : `; did you mean --${guess}?`}`,
    );
  }

  private wrong(what: string): RootsealError {
    return this.mistake(`${this.declaration.words}: ${what}`);
  }

  private mistake(message: string): RootsealError {
    const hint = `\`rootseal help ${this.declaration.words}\` says how it is used`;
    return new RootsealError('USAGE', message, { hint });
  }
}

function camelCase(name: string): string {
  return name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
