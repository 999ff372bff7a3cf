/** Facts about a machine into what it lacks. Pure. */
import type { Facts } from './facts.js';
import { KERNEL_RULES } from './kernel-rules.js';
import { machineRules, programRules, testRules } from './machine-rules.js';
import type { Answer, Purpose, Rule } from './rule.js';

/** One line of the report. */
export interface Check extends Answer {
  readonly name: string;
  readonly requiredFor: readonly Purpose[];
  readonly wantedFor: readonly Purpose[];
  /** What is lost, and how to get it; null when nothing is lacking. */
  readonly costs: string | null;
  readonly remedy: string | null;
}

export interface Examination {
  readonly purpose: Purpose | null;
  /** False when something that the purpose requires is lacking. What is unknown is not held against a machine. */
  readonly ok: boolean;
  readonly checks: readonly Check[];
}

/** @param purpose undefined: all that is asked for any purpose, of which nothing is required */
export function examine(facts: Facts, purpose: Purpose | undefined): Examination {
  const rules = [
    ...KERNEL_RULES,
    ...machineRules(purpose ?? 'host'),
    ...programRules(),
    ...(purpose === 'test' ? testRules(facts) : []),
  ];
  const wanted = rules.filter(({ needs }) => purpose === undefined || needs[purpose] !== undefined);
  const checks = wanted.map((rule) => checkOf(rule, facts));
  const isMet = ({ result, requiredFor }: Check): boolean =>
    purpose === undefined || result !== 'lacks' || !requiredFor.includes(purpose);
  return { purpose: purpose ?? null, ok: checks.every(isMet), checks };
}

function checkOf({ name, needs, judge, costs, remedy }: Rule, facts: Facts): Check {
  const answer = judge(facts);
  const of = (need: string) =>
    (Object.entries(needs) as [Purpose, string][])
      .filter(([, found]) => found === need)
      .map(([purpose]) => purpose);
  const isOk = answer.result === 'ok';
  return {
    name,
    ...answer,
    requiredFor: of('required'),
    wantedFor: of('wanted'),
    costs: isOk ? null : costs,
    remedy: isOk ? null : remedy,
  };
}
