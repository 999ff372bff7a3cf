/** The script of the worker threads; apart, because a thread is started before anything that uses it is loaded. */
import { availableParallelism } from 'node:os';
import { startEarly } from '../../util/worker-pool.js';

export const WORKER_SCRIPT = new URL('./worker.js', import.meta.url);

/** How many threads work beside the calling one. */
export const THREADS = Math.max(1, availableParallelism() - 1);

/** Starts the first thread, for a command that will read or write many files. */
export function expectWork(): void {
  startEarly(WORKER_SCRIPT);
}
