/**
 * A pool of worker threads that take jobs one at a time, in the order they were given.
 *
 * File contents are hashed and stored in workers with synchronous calls: a thread that blocks in `read` costs nothing
 * else, and a synchronous call is an order of magnitude cheaper than a promise per system call.
 */
import { Worker } from 'node:worker_threads';
import { availableParallelism } from 'node:os';
import { RootsealError, type ErrorCode, type ErrorDetails } from './errors.js';

/** An error as it crosses threads. */
export interface WireError {
  readonly code: ErrorCode | undefined;
  readonly message: string;
  readonly details: ErrorDetails;
  readonly hint: string | undefined;
  readonly stack: string | undefined;
}

/** What a worker answers to each job. */
export type WireReply<Result> = { readonly result: Result } | { readonly error: WireError };

interface Pending<Result> {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

interface Lane<Result> {
  readonly worker: Worker;
  /** Set while the lane is given to a job, from before the job is posted. */
  busy: boolean;
  pending: Pending<Result> | undefined;
}

/** Workers are started when the first jobs come, so that small work pays for one thread only. */
export class WorkerPool<Job, Result> {
  private readonly script: URL;
  private readonly setup: unknown;
  private readonly size: number;
  private readonly lanes: Lane<Result>[] = [];
  private readonly waiting: Pending<Lane<Result>>[] = [];
  private failure: Error | undefined;

  /**
   * @param script module that calls `serveJobs`
   * @param setup plain data every worker gets once, as its `workerData`
   * @param size number of threads; the machine's parallelism by default
   */
  constructor(script: URL, setup: unknown, size: number = availableParallelism()) {
    this.script = script;
    this.setup = setup;
    this.size = size;
  }

  /** How many jobs can run at the same time. */
  get parallelism(): number {
    return this.size;
  }

  /** Starts all threads now. */
  warmUp(): void {
    while (this.lanes.length < this.size) this.startLane().busy = false;
  }

  /** Runs one job. Resolves in any order; rejects with the job's own error. */
  async run(job: Job): Promise<Result> {
    const lane = await this.takeLane();
    return new Promise<Result>((resolve, reject) => {
      lane.pending = { resolve, reject };
      lane.worker.postMessage(job);
    });
  }

  /** Ends all threads. Jobs under way are abandoned. */
  async close(): Promise<void> {
    await Promise.all(this.lanes.map((lane) => lane.worker.terminate()));
  }

  private takeLane(): Promise<Lane<Result>> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    const idle = this.lanes.find((lane) => !lane.busy);
    if (idle !== undefined) {
      idle.busy = true;
      return Promise.resolve(idle);
    }
    if (this.lanes.length < this.size) return Promise.resolve(this.startLane());
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  }

  private startLane(): Lane<Result> {
    const worker = new Worker(this.script, {
      workerData: this.setup,
      // Descriptors come from native calls, which Node does not know of and would warn about.
      trackUnmanagedFds: false,
    });
    const lane: Lane<Result> = { worker, busy: true, pending: undefined };
    worker.on('message', (reply: WireReply<Result>) => {
      this.settle(lane, reply);
    });
    worker.on('error', (error) => {
      this.fail(error);
    });
    this.lanes.push(lane);
    return lane;
  }

  private settle(lane: Lane<Result>, reply: WireReply<Result>): void {
    const pending = lane.pending;
    lane.pending = undefined;
    const next = this.waiting.shift();
    if (next === undefined) lane.busy = false;
    else next.resolve(lane);
    if ('error' in reply) pending?.reject(fromWireError(reply.error));
    else pending?.resolve(reply.result);
  }

  /** A thread died of something that is not a job's error: nothing that waits can go on. */
  private fail(error: Error): void {
    this.failure = error;
    for (const waiter of this.waiting.splice(0)) waiter.reject(error);
    for (const lane of this.lanes) {
      lane.pending?.reject(error);
      lane.pending = undefined;
    }
  }
}

function fromWireError(error: WireError): Error {
  if (error.code !== undefined) {
    return new RootsealError(error.code, error.message, {
      details: error.details,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    });
  }
  const bug = new Error(error.message);
  if (error.stack !== undefined) bug.stack = error.stack;
  return bug;
}
