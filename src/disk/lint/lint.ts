/**
 * Will this image start, and be accepted, on the policy that it brings along? The one place that answers it for whatever makes a disk, an
 * initramfs or a deployment; and all that is wrong with an image for whoever releases it.
 */
import { RootsealError } from '../../util/errors.js';
import type { ImageFiles } from '../image-files.js';
import { describeFinding, findingOf, type LintFinding } from './lint-finding.js';
import { LINT_RULES, START_RULES, TRUST_RULES } from './lint-rules.js';
import type { Problems, RuleFacts } from './lint-rule.js';
import type { ReleaseSubject, StartSubject } from './lint-subject.js';
import { readTrustState, type TrustState } from './trust-state.js';

/** In the order of `START_RULES`; empty when all is well. An error is one that a machine does not start. */
export async function lintImage(subject: Omit<StartSubject, 'trust'>): Promise<LintFinding[]> {
  const findings = await checkAll(START_RULES, withTrust(subject));
  return findings.map((finding) =>
    finding.isRefused ? finding : { ...finding, severity: 'warning' },
  );
}

/** The rules about policy, keys and revocations alone. */
export async function lintTrust(files: ImageFiles): Promise<LintFinding[]> {
  return checkAll(TRUST_RULES, withTrust({ files }));
}

/** All rules, in their order, but those that are to be left out, by id. */
export async function lintRelease(
  subject: ReleaseSubject,
  skip: ReadonlySet<string>,
): Promise<LintFinding[]> {
  const rules = LINT_RULES.filter(({ id }) => !skip.has(id));
  return checkAll(rules, subject);
}

/** Reads whom the image trusts when a rule asks, and once. */
export function withTrust<S extends { readonly files: ImageFiles }>(
  subject: S,
): S & { readonly trust: () => Promise<TrustState> } {
  let state: Promise<TrustState> | undefined;
  return { ...subject, trust: () => (state ??= readTrustState(subject.files)) };
}

async function checkAll<S>(
  rules: readonly (RuleFacts & { readonly check: (subject: S) => Problems })[],
  subject: S,
): Promise<LintFinding[]> {
  const findings: LintFinding[] = [];
  for (const rule of rules)
    for (const problem of await rule.check(subject)) findings.push(findingOf(rule, problem));
  return findings;
}

/**
 * The id of a rule by its id or its name.
 * @throws {RootsealError} USAGE when there is none
 */
export function ruleId(word: string): string {
  const rule = LINT_RULES.find(({ id, name }) => id === word || name === word);
  if (rule !== undefined) return rule.id;
  throw new RootsealError('USAGE', `there is no rule ${word}`, {
    hint: '`rootseal lint --list` lists them',
  });
}

/** @throws {RootsealError} with the code of the first error, when there is one */
export function requireStartable(findings: readonly LintFinding[], hint: string): void {
  const errors = findings.filter(({ isRefused }) => isRefused);
  const [first] = errors;
  if (first === undefined) return;
  throw new RootsealError(
    first.code,
    `no machine would start this image: ${errors.map(describeFinding).join('; ')}`,
    { details: { rules: errors.map(({ rule }) => rule).join(' ') }, hint },
  );
}
