/** What each field of a commit document must be (docs/formats/commit.md, "Fields"). */
import { isRecord } from '../../util/checks.js';
import { parseTypedDigest } from '../digest-text.js';
import {
  count,
  flag,
  matching,
  object,
  optional,
  required,
  requireShape,
  text,
  type Rule,
  type Shape,
} from '../shape.js';
import type { Commit } from './commit.js';
import {
  commitNameProblem,
  freeTextProblem,
  labelKeyProblem,
  messageProblem,
  versionProblem,
} from './fields.js';
import { timeProblem } from '../time.js';

const imageDigest: Rule = (value) => {
  if (typeof value !== 'string') return 'expected a string';
  parseTypedDigest(value);
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
  message: optional(text(messageProblem)),
  labels: optional(labels),
};

/**
 * Proves that a JSON value is a commit. Keys without a rule are not looked at.
 *
 * @throws {FormatError} naming the field that is wrong
 */
export function checkCommit(value: unknown): asserts value is Commit {
  requireShape('commit', value, COMMIT);
}
