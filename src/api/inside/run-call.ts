/** What goes round each call of the library: an interruption becomes an error with a code, and so do Node's system errors. */
import { setMaxListeners } from 'node:events';
import {
  describeError,
  errorCodeOf,
  failureOf,
  isNodeError,
  RootsealError,
} from '../../util/errors.js';
import type { CallOptions } from '../call-options.js';

/** @param action gets a signal of its own, which many may listen to */
export async function call<T>(
  options: CallOptions,
  action: (signal: AbortSignal | undefined) => T | Promise<T>,
): Promise<T> {
  const link = linkTo(options.signal);
  try {
    link.signal?.throwIfAborted();
    return await action(link.signal);
  } catch (error) {
    throw asRootsealError(error);
  } finally {
    link.end();
  }
}

/** As `call`, for what comes in pieces. */
export async function* callEach<T>(
  options: CallOptions,
  action: (signal: AbortSignal | undefined) => AsyncIterable<T>,
): AsyncGenerator<T, void, undefined> {
  const link = linkTo(options.signal);
  try {
    link.signal?.throwIfAborted();
    yield* action(link.signal);
  } catch (error) {
    throw asRootsealError(error);
  } finally {
    link.end();
  }
}

interface Link {
  readonly signal: AbortSignal | undefined;
  end(): void;
}

function linkTo(outer: AbortSignal | undefined): Link {
  if (outer === undefined) return { signal: undefined, end: () => undefined };
  const controller = new AbortController();
  // Each transfer that is under way listens, and there may be many: that is not a leak.
  setMaxListeners(0, controller.signal);
  const abort = (): void => {
    const cause: unknown = outer.reason;
    controller.abort(new RootsealError('INTERRUPTED', 'interrupted', { cause }));
  };
  if (outer.aborted) abort();
  outer.addEventListener('abort', abort, { once: true });
  return {
    signal: controller.signal,
    end: () => {
      outer.removeEventListener('abort', abort);
    },
  };
}

/** What is neither ours nor the system's is a bug, here or in a function of the caller, and stays what it is. */
function asRootsealError(error: unknown): unknown {
  if (error instanceof RootsealError || !isNodeError(error)) return error;
  if (error.path !== undefined) return failureOf(error.path, error);
  return new RootsealError(errorCodeOf(error), describeError(error));
}
