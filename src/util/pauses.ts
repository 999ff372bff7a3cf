/**
 * Pauses of long work in a thread that others wait for.
 *
 * Signals, timers and messages are heard only when JavaScript gives the thread back. So whatever can take longer than a moment is
 * done in steps, and now and then there is a pause between two of them, in which an interruption is heard.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { Steps } from './steps.js';
import { isPauseAwaited, stopInPause } from './stop-point.js';

/** Longest stretch of work without a pause, in milliseconds, as far as the steps are short. */
const STRETCH_MS = 50;

/**
 * Does all steps, with pauses.
 * @throws the reason of `signal` when that was aborted in a pause
 */
export async function withPauses<T>(steps: Steps<T>, signal: AbortSignal | undefined): Promise<T> {
  const pause = pauser(signal);
  try {
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      if (pause.isDue) await pause.take();
    }
  } finally {
    // Ends what was given up; what came to its end is not hurt by it.
    steps.return(undefined as never);
  }
}

/** Tells when a pause is due, and takes it. */
export interface Pauser {
  readonly isDue: boolean;
  /** @throws the reason of the signal when that was aborted */
  take(): Promise<void>;
  /** `take` when it is due. */
  takeIfDue(): Promise<void>;
}

/** Begins a stretch of work. */
export function pauser(signal: AbortSignal | undefined): Pauser {
  let since = performance.now();
  const isDue = (): boolean => performance.now() - since > STRETCH_MS || isPauseAwaited();
  const take = async (): Promise<void> => {
    stopInPause();
    await turn();
    since = performance.now();
    signal?.throwIfAborted();
  };
  return {
    get isDue() {
      return isDue();
    },
    take,
    takeIfDue: async () => {
      if (isDue()) await take();
    },
  };
}

/**
 * The same items, with pauses between them: a stream whose items are there at once, for a reader that never waits, would not let
 * anything else be heard.
 * @throws the reason of `signal` when that was aborted in a pause
 */
export async function* withPausesBetween<T>(
  items: AsyncIterable<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void, undefined> {
  const pause = pauser(signal);
  for await (const item of items) {
    yield item;
    await pause.takeIfDue();
  }
}

/**
 * The same items, until the signal is aborted while one is waited for. The source is told to end, but not waited for: it may hang.
 * @throws the reason of `signal`
 */
export async function* untilAborted<T>(
  items: AsyncIterable<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void, undefined> {
  const iterator = items[Symbol.asyncIterator]();
  let isEnded = false;
  try {
    for (;;) {
      const result = await orAborted(iterator.next(), signal);
      isEnded = result.done === true;
      if (result.done === true) return;
      yield result.value;
    }
  } finally {
    const end = isEnded ? undefined : iterator.return?.();
    // What it ends with does not matter to whoever gave it up.
    if (signal?.aborted === true) end?.catch(() => undefined);
    else await end;
  }
}

/** Settles as `promise` does, or rejects with the reason of `signal` when that is aborted before. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise<T>((resolve, reject) => {
    const giveUp = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', giveUp);
    });
  });
}
