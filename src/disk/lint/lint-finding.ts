/** What is wrong with an image, and what a rule says of it. */
import type { ErrorCode } from '../../util/errors.js';

/** An `error` is no image to release; a `warning` says that this was hardly meant. */
export type Severity = 'error' | 'warning';

/** What one rule says. */
export interface Problem {
  readonly severity: Severity;
  /**
   * Whether a machine would not start it, or could not upgrade from it: then whatever makes disks and deployments refuses the image.
   * An error without this is for whoever releases, and for nobody else.
   */
  readonly isRefused: boolean;
  /** One sentence for people, lower case, without a full stop. */
  readonly message: string;
  /** What a command that does not make such an image ends with. */
  readonly code: ErrorCode;
}

/** The same, with the rule that says it. */
export interface LintFinding extends Problem {
  /** `L` and two digits. */
  readonly id: string;
  /** Stable name of the rule. */
  readonly rule: string;
}

/** No machine would start it. */
export function refusal(message: string, code: ErrorCode = 'FORMAT_INVALID'): Problem {
  return { severity: 'error', isRefused: true, message, code };
}

/** It starts, and is not to be released. */
export function fault(message: string): Problem {
  return { severity: 'error', isRefused: false, message, code: 'FINDINGS' };
}

/** This was hardly meant. */
export function warning(message: string): Problem {
  return { severity: 'warning', isRefused: false, message, code: 'FINDINGS' };
}

/** A problem with the rule that found it. */
export function findingOf(
  { id, name }: { readonly id: string; readonly name: string },
  problem: Problem,
): LintFinding {
  return { id, rule: name, ...problem };
}

/** `rule: message` */
export function describeFinding({ rule, message }: LintFinding): string {
  return `${rule}: ${message}`;
}
