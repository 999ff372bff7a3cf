/** How an image that is to be released is looked at. */
import type { Progress } from '../../util/progress.js';
import type { LastRelease } from './lint-subject.js';

export interface LintRequest {
  /** Release of the kernel to start, where there are several. */
  readonly kernel: string | undefined;
  /** Ids of rules that are left out. */
  readonly skip: ReadonlySet<string>;
  /** What it is compared with; of a commit, that before it unless one is named. */
  readonly last: LastRelease | undefined;
  /** Seconds since 1970 after which nothing may be; undefined: the time of the commit, or now. */
  readonly latest: number | undefined;
  /** Seconds since 1970. */
  readonly now: number;
  readonly progress: Progress;
  readonly signal: AbortSignal | undefined;
}
