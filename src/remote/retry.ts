/** Trying again after failures that may pass by themselves. */
import { setTimeout as delay } from 'node:timers/promises';
import { describeError, RootsealError } from '../util/errors.js';

export interface RetryOptions {
  /** Waiting before each further attempt, in milliseconds. */
  readonly backOff: readonly number[];
  /** Whether the last attempt brought something; then the count starts again. */
  readonly hasProgressed?: () => boolean;
  /** Told one line before each further attempt. */
  readonly say?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** @throws what the last attempt threw */
export async function withRetries<T>(
  { backOff, hasProgressed, say, signal }: RetryOptions,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let count = 0; ; count++) {
    try {
      return await attempt();
    } catch (error) {
      if (hasProgressed?.() === true) count = 0;
      const wait = backOff[count];
      if (wait === undefined || !mayPass(error)) throw error;
      const pause = Math.max(wait, breakOf(error));
      const times = `${count + 1} of ${backOff.length}`;
      if (signal?.aborted !== true)
        say?.(`${describeError(error)}; trying again in ${pause / 1000} s (${times})`);
      await sleep(pause, signal);
    }
  }
}

/** @throws the reason of `signal` when that is aborted */
async function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  try {
    await delay(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

function mayPass(error: unknown): boolean {
  return (
    error instanceof RootsealError && error.code === 'NETWORK' && error.details['final'] !== true
  );
}

/** Milliseconds that the other side asked for. */
function breakOf(error: unknown): number {
  const wait = error instanceof RootsealError ? error.details['wait'] : undefined;
  return typeof wait === 'number' ? wait : 0;
}
