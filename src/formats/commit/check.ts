/** What each field of a commit document must be (docs/formats/commit.md, "Fields"). */
import { isIntegerIn, isRecord } from '../../util/checks.js';
import { FormatError } from '../../util/errors.js';
import { parseTypedDigest } from '../digest-text.js';
import type { Commit } from './commit.js';
import {
  commitNameProblem,
  freeTextProblem,
  labelKeyProblem,
  timeProblem,
  versionProblem,
} from './fields.js';

/** Says what is wrong with a value, or nothing. */
type Rule = (value: unknown, field: string) => string | undefined;

/** A field's rule; a required field must be there. */
interface Field {
  readonly required: boolean;
  readonly rule: Rule;
}

type Shape = Readonly<Record<string, Field>>;

const required = (rule: Rule): Field => ({ required: true, rule });
const optional = (rule: Rule): Field => ({ required: false, rule });

const text =
  (problem: (text: string) => string | undefined): Rule =>
  (value) =>
    typeof value === 'string' ? problem(value) : 'expected a string';

const matching =
  (pattern: RegExp, expected: string): Rule =>
  (value) =>
    typeof value === 'string' && pattern.test(value) ? undefined : `expected ${expected}`;

const count: Rule = (value) =>
  isIntegerIn(value, 0, Number.MAX_SAFE_INTEGER)
    ? undefined
    : 'expected a whole number from 0 to 2^53-1';

const flag: Rule = (value) => (typeof value === 'boolean' ? undefined : 'expected true or false');

const imageDigest: Rule = (value) => {
  if (typeof value !== 'string') return 'expected a string';
  parseTypedDigest(value);
  return undefined;
};

const object =
  (shape: Shape): Rule =>
  (value, field) => {
    if (!isRecord(value)) return 'expected an object';
    checkShape(value, shape, `${field}.`);
    return undefined;
  };

const labels: Rule = (value) => {
  if (!isRecord(value)) return 'expected an object';
  for (const [key, label] of Object.entries(value)) {
    const problem = labelKeyProblem(key) ?? text(freeTextProblem)(label, key);
    if (problem !== undefined) return `${JSON.stringify(key.slice(0, 300))}: ${problem}`;
  }
  return undefined;
};

const freeText = text(freeTextProblem);

const GIT: Shape = {
  url: optional(freeText),
  commit: required(matching(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, '40 or 64 lower-case hex digits')),
  dirty: required(flag),
  path: optional(freeText),
};

const OCI: Shape = {
  reference: required(freeText),
  digest: required(
    matching(
      /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/,
      'sha256:<64 hex digits> or sha512:<128 hex digits>',
    ),
  ),
};

const COMMIT: Shape = {
  format: required((value) => (value === 1 ? undefined : 'only commit format 1 is known')),
  image: required(imageDigest),
  imageSize: required(count),
  name: required(text(commitNameProblem)),
  version: required(text(versionProblem)),
  sequence: required(count),
  parent: optional(matching(/^[0-9a-f]{64}$/, 'a commit id (64 lower-case hex digits)')),
  time: required(text(timeProblem)),
  files: required(count),
  bytes: required(count),
  os: optional(
    object({
      id: required(freeText),
      versionId: optional(freeText),
      prettyName: optional(freeText),
    }),
  ),
  kernel: optional(object({ release: required(freeText) })),
  source: optional(object({ git: optional(object(GIT)), oci: optional(object(OCI)) })),
  labels: optional(labels),
};

/**
 * Proves that a JSON value is a commit. Keys without a rule are not looked at.
 *
 * @throws {FormatError} naming the field that is wrong
 */
export function checkCommit(value: unknown): asserts value is Commit {
  if (!isRecord(value)) throw new FormatError('commit', 'expected a JSON object');
  checkShape(value, COMMIT, '');
}

function checkShape(value: Record<string, unknown>, shape: Shape, prefix: string): void {
  for (const [key, { required: needed, rule }] of Object.entries(shape)) {
    const field = prefix + key;
    const member = Object.hasOwn(value, key) ? value[key] : undefined;
    if (member === undefined) {
      if (needed) throw new FormatError('commit', 'the field is missing', { field });
      continue;
    }
    const problem = problemOf(rule, member, field);
    if (problem !== undefined) throw new FormatError('commit', problem, { field });
  }
}

/** Rules that use another format's parser throw that format's error; it becomes the field's. */
function problemOf(rule: Rule, value: unknown, field: string): string | undefined {
  try {
    return rule(value, field);
  } catch (error) {
    if (error instanceof FormatError && error.format !== 'commit') return error.message;
    throw error;
  }
}
