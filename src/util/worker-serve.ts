/** The worker's side of `WorkerPool`. */
import { parentPort } from 'node:worker_threads';
import { codeOfErrno, describeError, isNodeError, RootsealError } from './errors.js';
import { READY, type WireError, type WireReply } from './worker-pool.js';

/**
 * Takes the setup, which the pool sends first, and answers every job with the result of what `prepare` made of it, or with
 * the error that was thrown.
 */
export function serveJobs(prepare: (setup: never) => (job: never) => unknown): void {
  const port = parentPort;
  if (port === null) throw new TypeError('serveJobs belongs in a worker thread');
  port.once('message', (setup: unknown) => {
    const handle = prepare(setup as never);
    port.postMessage(READY);
    port.on('message', (job: unknown) => {
      port.postMessage(answer(handle, job));
    });
  });
}

function answer(handle: (job: never) => unknown, job: unknown): WireReply<unknown> {
  try {
    return { result: handle(job as never) };
  } catch (error) {
    return { error: toWireError(error) };
  }
}

function toWireError(error: unknown): WireError {
  const message = describeError(error);
  const stack = error instanceof Error ? error.stack : undefined;
  if (error instanceof RootsealError) {
    return { code: error.code, message, details: error.details, hint: error.hint, stack };
  }
  const code = isNodeError(error) ? codeOfErrno(error.code ?? '') : undefined;
  return { code, message, details: {}, hint: undefined, stack };
}
