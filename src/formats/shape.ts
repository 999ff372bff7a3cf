/** What each field of a JSON document must be, said as a table; one error names the field that is wrong. */
import { isIntegerIn, isRecord } from '../util/checks.js';
import { FormatError } from '../util/errors.js';

/** Says what is wrong with a value, or nothing. `field` is its full name in the document. */
export type Rule = (value: unknown, field: string) => string | undefined;

/** A field's rule; a required field must be there. */
export interface Field {
  readonly required: boolean;
  readonly rule: Rule;
}

/** The fields of an object. Keys without a rule are not looked at. */
export type Shape = Readonly<Record<string, Field>>;

export const required = (rule: Rule): Field => ({ required: true, rule });
export const optional = (rule: Rule): Field => ({ required: false, rule });

/** A string that has no problem. */
export const text =
  (problem: (text: string) => string | undefined): Rule =>
  (value) =>
    typeof value === 'string' ? problem(value) : 'expected a string';

/** A string that matches; `expected` says in words what. */
export const matching =
  (pattern: RegExp, expected: string): Rule =>
  (value) =>
    typeof value === 'string' && pattern.test(value) ? undefined : `expected ${expected}`;

export const count: Rule = (value) =>
  isIntegerIn(value, 0, Number.MAX_SAFE_INTEGER)
    ? undefined
    : 'expected a whole number from 0 to 2^53-1';

export const flag: Rule = (value) =>
  typeof value === 'boolean' ? undefined : 'expected true or false';

/** One of some strings. */
export const oneOf =
  (...values: readonly string[]): Rule =>
  (value) =>
    values.includes(value as string) ? undefined : `expected one of ${values.join(', ')}`;

/** Null, or what the rule wants. */
export const nullable =
  (rule: Rule): Rule =>
  (value, field) =>
    value === null ? undefined : rule(value, field);

/** An object of this shape. */
export const object =
  (shape: Shape): Rule =>
  (value, field) =>
    isRecord(value) ? shapeProblem(value, shape, `${field}.`) : 'expected an object';

/** A list of at most `max` items. */
export const listOf =
  (rule: Rule, max: number): Rule =>
  (value, field) => {
    if (!Array.isArray(value)) return 'expected a list';
    if (value.length > max) return `has ${value.length} items, more than ${max}`;
    return first(
      value.map((item, index) => [`${field}[${index}]`, item] as const),
      rule,
    );
  };

function first(items: readonly (readonly [string, unknown])[], rule: Rule): string | undefined {
  for (const [field, item] of items) {
    const problem = rule(item, field);
    if (problem !== undefined) throw new ShapeProblem(field, problem);
  }
  return undefined;
}

/** Carries the name of an inner field to where the document's format is known. */
class ShapeProblem extends Error {
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

function shapeProblem(
  value: Record<string, unknown>,
  shape: Shape,
  prefix: string,
): string | undefined {
  for (const [key, { required: needed, rule }] of Object.entries(shape)) {
    const field = prefix + key;
    const member = Object.hasOwn(value, key) ? value[key] : undefined;
    if (member === undefined) {
      if (needed) throw new ShapeProblem(field, 'the field is missing');
      continue;
    }
    const problem = problemOf(rule, member, field);
    if (problem !== undefined) throw new ShapeProblem(field, problem);
  }
  return undefined;
}

/** Rules that use another format's parser throw that format's error; it becomes the field's. */
function problemOf(rule: Rule, value: unknown, field: string): string | undefined {
  try {
    return rule(value, field);
  } catch (error) {
    if (error instanceof FormatError) return error.message;
    throw error;
  }
}

/** @throws {FormatError} of `format`, naming the field that is wrong */
export function requireShape(
  format: string,
  value: unknown,
  shape: Shape,
): asserts value is Record<string, unknown> {
  if (!isRecord(value)) throw new FormatError(format, 'expected a JSON object');
  try {
    shapeProblem(value, shape, '');
  } catch (error) {
    if (!(error instanceof ShapeProblem)) throw error;
    throw new FormatError(format, error.message, { field: error.field });
  }
}
