/** What is asked of a machine, and the answers. */
import type { Facts } from './facts.js';

/** What the machine is to be used for. */
export const PURPOSES = ['host', 'release', 'test'] as const;
export type Purpose = (typeof PURPOSES)[number];

/** Without what is required, the purpose is not met; without what is wanted, something is lost. */
export type Need = 'required' | 'wanted';

/** What a rule finds: `unknown` when it could not be found out, for lack of rights or without changing the machine. */
export interface Answer {
  readonly result: 'ok' | 'lacks' | 'unknown';
  /** What there is, in a few words. */
  readonly found: string;
}

export interface Rule {
  readonly name: string;
  readonly needs: Readonly<Partial<Record<Purpose, Need>>>;
  readonly judge: (facts: Facts) => Answer;
  /** What a machine without it cannot do. */
  readonly costs: string;
  /** How to get it: an option or version of the kernel, a Debian package, or what to do. */
  readonly remedy: string;
}

export const ok = (found: string): Answer => ({ result: 'ok', found });
export const lacks = (found: string): Answer => ({ result: 'lacks', found });
export const unknown = (found: string): Answer => ({ result: 'unknown', found });
