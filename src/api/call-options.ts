/** What all calls that take a while have in common. */
import type { ProgressEvent, Task } from '../util/progress.js';

export type { ProgressEvent, Task };

/** Called for each step of a long operation, many times a second; what it throws ends the operation. */
export type ProgressListener = (event: ProgressEvent) => void;

/** For calls that read or wait. */
export interface CallOptions {
  /**
   * Ends the call, which then rejects with code `INTERRUPTED` and the signal's reason as `cause`. Whatever was there before is
   * whole, as after a kill.
   */
  readonly signal?: AbortSignal | undefined;
}

/** For calls that read or write whole trees. */
export interface LongCallOptions extends CallOptions {
  readonly onProgress?: ProgressListener | undefined;
}
