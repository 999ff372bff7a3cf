/** The outcome of the health checks: `/run/rootseal/health.json` and `rootseal health --json` (docs/schema/health.json). */
import { time } from '../time.js';
import { parseJsonDocument } from '../json-document.js';
import {
  count,
  flag,
  listOf,
  nullable,
  oneOf,
  object,
  optional,
  required,
  requireShape,
  type Rule,
  type Shape,
} from '../shape.js';

/** A boot is not good without the required ones. */
export type CheckLevel = 'required' | 'wanted';

export interface CheckResult {
  readonly name: string;
  readonly level: CheckLevel;
  /** `skipped`: it is not a check, for the reason in `output`. */
  readonly result: 'passed' | 'failed' | 'skipped';
  /** Exit status; null when it did not run, or did not end by itself. */
  readonly status: number | null;
  /** What ended it, such as `SIGSEGV`. */
  readonly signal?: string;
  /** Whether its time was up. */
  readonly timedOut: boolean;
  readonly milliseconds: number;
  /** The end of what it printed, or why it did not run. */
  readonly output: string;
}

export interface HealthReport {
  readonly version: 1;
  /** When the checks began. */
  readonly time: string;
  /** `failed` when a required check failed. */
  readonly result: 'good' | 'failed';
  /** In the order in which they ran. */
  readonly checks: readonly CheckResult[];
}

/** Longest document, in bytes. */
export const HEALTH_REPORT_MAX = 1 << 24;
/** More checks than anybody waits for. */
export const CHECKS_MAX = 1000;

const string: Rule = (value) => (typeof value === 'string' ? undefined : 'expected a string');

const CHECK: Shape = {
  name: required(string),
  level: required(oneOf('required', 'wanted')),
  result: required(oneOf('passed', 'failed', 'skipped')),
  status: required(nullable(count)),
  signal: optional(string),
  timedOut: required(flag),
  milliseconds: required(count),
  output: required(string),
};

const REPORT: Shape = {
  version: required((value) => (value === 1 ? undefined : 'only version 1 is known')),
  time: required(time),
  result: required(oneOf('good', 'failed')),
  checks: required(listOf(object(CHECK), CHECKS_MAX)),
};

/** @throws {FormatError} naming the field that is wrong */
export function parseHealthReport(bytes: Uint8Array): HealthReport {
  const value = parseJsonDocument('health.json', bytes, HEALTH_REPORT_MAX);
  requireShape('health.json', value, REPORT);
  return value as unknown as HealthReport;
}

export function printHealthReport(report: HealthReport): string {
  return `${JSON.stringify(report)}\n`;
}

/** Results that follow from one another: the boot is good unless a required check failed. */
export function overallResult(checks: readonly CheckResult[]): HealthReport['result'] {
  const isBad = ({ level, result }: CheckResult): boolean =>
    level === 'required' && result === 'failed';
  return checks.some(isBad) ? 'failed' : 'good';
}
