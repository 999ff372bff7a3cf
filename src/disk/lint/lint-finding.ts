/** What is wrong with an image that is to be started. */
import type { ErrorCode } from '../../util/errors.js';

/** Stable names of the rules, in the order in which they are told. */
export const RULES = [
  'mount-points',
  'esp',
  'no-init',
  'kernel',
  'policy',
  'keys',
  'no-keys',
  'no-seal',
  'policy-name',
  'seal',
  'machine-id',
  'fstab-root',
  'unified-initramfs',
] as const;
export type Rule = (typeof RULES)[number];

export interface LintFinding {
  /** An `error` means that a machine does not start it, or cannot keep it; a `warning`, that this was hardly meant. */
  readonly severity: 'error' | 'warning';
  readonly rule: Rule;
  /** One sentence for people, lower case, without a full stop. */
  readonly message: string;
  /** What a command that does not make such an image ends with. */
  readonly code: ErrorCode;
}

export function lintError(
  rule: Rule,
  message: string,
  code: ErrorCode = 'FORMAT_INVALID',
): LintFinding {
  return { severity: 'error', rule, message, code };
}

export function lintWarning(rule: Rule, message: string): LintFinding {
  return { severity: 'warning', rule, message, code: 'FINDINGS' };
}
