/** What a rule of `rootseal lint` is. */
import type { Problem, Severity } from './lint-finding.js';
import type { ReleaseSubject, StartSubject } from './lint-subject.js';

export interface RuleFacts {
  /** `L` and two digits; it never changes and is never used again. */
  readonly id: string;
  /** Stable, lower-case words with hyphens. */
  readonly name: string;
  /** The worst that it says. */
  readonly severity: Severity;
  /** What it finds, in a few words. */
  readonly describe: string;
  /** Who asks for it, or from where the rule is known. */
  readonly source: string;
}

export type Problems = readonly Problem[] | Promise<readonly Problem[]>;

/** Looks at what a machine looks at when it starts: applied by whatever makes disks and deployments, too, so it reads a few files only. */
export interface StartRule extends RuleFacts {
  readonly check: (subject: StartSubject) => Problems;
}

/** Looks at whatever it likes of an image that is to be released. */
export interface ReleaseRule extends RuleFacts {
  readonly check: (subject: ReleaseSubject) => Problems;
}
