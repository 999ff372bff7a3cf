/** The worker's side of `WorkerPool`. */
import { parentPort } from 'node:worker_threads';
import { codeOfErrno, describeError, isNodeError, RootsealError } from './errors.js';
import type { WireError, WireReply } from './worker-pool.js';

/** Answers every job that the pool sends with `handle`'s result, or with the error it threw. */
export function serveJobs(handle: (job: never) => unknown): void {
  const port = parentPort;
  if (port === null) throw new TypeError('serveJobs belongs in a worker thread');
  port.on('message', (job: unknown) => {
    let reply: WireReply<unknown>;
    try {
      reply = { result: handle(job as never) };
    } catch (error) {
      reply = { error: toWireError(error) };
    }
    port.postMessage(reply);
  });
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
