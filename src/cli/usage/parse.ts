/**
 * Words of a command line into the values of options and arguments. What is wrong is said in the command's own words; an
 * unknown option before anything that is missing.
 */
import { RootsealError } from '../../util/errors.js';
import {
  usageOf,
  type Declaration,
  type DeclaredArgument,
  type DeclaredOption,
} from './declared.js';
import { nearest } from './nearest.js';
import { valueName } from './values.js';

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
  private readonly byName: ReadonlyMap<string, DeclaredOption>;
  private readonly given = new Map<DeclaredOption, (string | number | boolean)[]>();
  private readonly rest: string[] = [];

  constructor(declaration: Declaration) {
    this.declaration = declaration;
    this.byName = new Map(
      declaration.options.flatMap((option) => [
        [`--${option.name}`, option] as const,
        ...(option.alias === undefined ? [] : [[`-${option.alias}`, option] as const]),
      ]),
    );
  }

  parse(words: readonly string[]): Values {
    const queue = [...words];
    let isOptions = true;
    for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
      if (!isOptions) this.rest.push(word);
      else if (word === '--') isOptions = false;
      else if (word.startsWith('--')) this.takeLong(word, queue);
      else if (word.startsWith('-') && word !== '-') this.takeShort(word, queue);
      else this.rest.push(word);
    }
    return { ...this.argumentValues(), ...this.optionValues() };
  }

  private takeLong(word: string, queue: string[]): void {
    const equals = word.indexOf('=');
    const name = equals < 0 ? word : word.slice(0, equals);
    const value = equals < 0 ? undefined : word.slice(equals + 1);
    const option = this.byName.get(name);
    if (option !== undefined) {
      this.take(option, value, queue);
      return;
    }
    const negated = this.byName.get(name.replace(/^--no-/, '--'));
    if (negated?.type !== 'boolean' || negated.name === name.slice(2)) throw this.unknown(name);
    if (value !== undefined) throw this.wrong(`${name} takes no value`);
    this.add(negated, false);
  }

  /** `-n3`, `-n=3`, `-n 3`, `-qv` */
  private takeShort(word: string, queue: string[]): void {
    for (let index = 1; index < word.length; index++) {
      const name = `-${word.charAt(index)}`;
      const option = this.byName.get(name);
      if (option === undefined) throw this.unknown(name);
      const tail = word.slice(index + 1);
      if (option.type === 'boolean' && !tail.startsWith('=')) {
        this.take(option, undefined, queue);
        continue;
      }
      this.take(option, tail === '' ? undefined : tail.replace(/^=/, ''), queue);
      return;
    }
  }

  private take(option: DeclaredOption, attached: string | undefined, queue: string[]): void {
    const name = `--${option.name}`;
    if (option.type === 'boolean') {
      const choice = option.default === undefined ? `: write ${name} or --no-${option.name}` : '';
      if (attached !== undefined) throw this.wrong(`${name} takes no value${choice}`);
      this.add(option, true);
      return;
    }
    const value = attached ?? (isValue(queue[0]) ? queue.shift() : undefined);
    if (value === undefined || (value === '' && option.type !== 'number'))
      throw this.wrong(`${name} needs a value: ${name} ${valueName(option.name)}`);
    this.add(option, this.convert(option, value));
  }

  private convert({ name, type, choices }: DeclaredOption, value: string): string | number {
    if (type === 'number') {
      if (DECIMAL.test(value) && Number.isSafeInteger(Number(value))) return Number(value);
      throw this.wrong(`--${name} takes a whole number, and ${JSON.stringify(value)} is not one`);
    }
    if (choices === undefined || choices.includes(value)) return value;
    throw this.wrong(`--${name}: ${JSON.stringify(value)} is not one of ${choices.join(', ')}`);
  }

  private add(option: DeclaredOption, value: string | number | boolean): void {
    const values = this.given.get(option) ?? [];
    if (values.length > 0 && !option.isList && !REPEATABLE.has(option.name))
      throw this.wrong(`--${option.name} was given more than once`);
    this.given.set(option, [...values, value]);
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
        throw this.mistake(
          `${this.declaration.words} needs --${option.name} ${valueName(option.name)}`,
        );
      const isList = option.isList || (given?.length ?? 0) > 1;
      values[camelCase(option.name)] =
        given === undefined ? option.default : isList ? given : given[0];
    }
    return values;
  }

  private unknown(name: string): RootsealError {
    const long = this.declaration.options.map((option) => option.name);
    const guess = name.startsWith('--') ? nearest(name.slice(2), long) : undefined;
    return this.wrong(
      `unknown option ${name}${guess === undefined ? '' : `; did you mean --${guess}?`}`,
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

/** An option is not the value of the one before it; a negative number is, which is refused as a number. */
function isValue(word: string | undefined): boolean {
  return word !== undefined && (!word.startsWith('-') || word === '-' || /^-\d/.test(word));
}

function camelCase(name: string): string {
  return name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Options that may be given several times. */
const REPEATABLE: ReadonlySet<string> = new Set([
  ...['append', 'delete', 'karg', 'karg-delete', 'key', 'label', 'module', 'signer-command'],
]);
