/**
 * A pool of worker threads that take jobs one at a time, in the order they were given.
 *
 * File contents are hashed and stored in workers with synchronous calls: a thread that blocks in `read` costs nothing
 * else, and a synchronous call is an order of magnitude cheaper than a promise per system call.
 */
import { Worker } from 'node:worker_threads';
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

interface Task<Job, Result> {
  readonly job: Job;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** What a worker says when it has its setup. */
export const READY = 'ready';

interface Lane<Job, Result> {
  readonly worker: Worker;
  /**
   * Resolves when the thread has loaded what it needs, or has failed. Until then it must not be ended: a native module
   * whose thread ends while it is being loaded takes the whole process with it (Node-API: napi_fatal_error).
   */
  readonly ready: Promise<void>;
  /** Posted and not answered; a worker answers in order. */
  readonly posted: Task<Job, Result>[];
}

/** Jobs posted to a thread at once: one that runs and one that is there when it ends. */
const JOBS_PER_LANE = 2;

/** Threads that were started before there was a pool. */
const early = new Set<{ readonly script: string; readonly worker: Worker }>();

/**
 * Starts a thread that the first pool with this script will take over: a thread takes a tenth of a second to start,
 * and there may be something else to do meanwhile.
 */
export function startEarly(script: URL): void {
  const thread = { script: script.href, worker: startThread(script) };
  early.add(thread);
  // It may fail or never be needed, and neither is anybody's concern: the pool starts one of its own.
  thread.worker.unref();
  thread.worker.once('error', () => early.delete(thread));
}

/** Threads that are being loaded. */
const loading = new Set<Promise<void>>();

/** Resolves when the process may end: see `Lane.ready`. */
export async function threadsLoaded(): Promise<void> {
  await Promise.all(loading);
}

function takeEarly(script: URL): Worker | undefined {
  for (const thread of early) {
    if (thread.script !== script.href) continue;
    early.delete(thread);
    thread.worker.ref();
    return thread.worker;
  }
  return undefined;
}

function startThread(script: URL): Worker {
  // Descriptors come from native calls, which Node does not know of and would warn about.
  return new Worker(script, { trackUnmanagedFds: false });
}

/** Threads are started when the first jobs come, so that small work pays for few of them. */
export class WorkerPool<Job, Result> {
  private readonly script: URL;
  private readonly setup: unknown;
  private readonly size: number;
  private readonly lanes: Lane<Job, Result>[] = [];
  private readonly waiting: Task<Job, Result>[] = [];
  private failure: { readonly reason: unknown } | undefined;

  /**
   * @param script module that calls `serveJobs`
   * @param setup plain data every worker gets once, as its first message
   * @param size number of threads
   */
  constructor(script: URL, setup: unknown, size: number) {
    this.script = script;
    this.setup = setup;
    this.size = size;
  }

  /** Whether another job would have to wait. */
  get isFull(): boolean {
    return (
      this.lanes.length >= this.size &&
      this.lanes.every(({ posted }) => posted.length >= JOBS_PER_LANE)
    );
  }

  /** How many jobs threads take without waiting. */
  get capacity(): number {
    return JOBS_PER_LANE * this.size;
  }

  /** Starts all threads now. */
  warmUp(): void {
    while (this.lanes.length < this.size) this.startLane();
  }

  /** Runs one job. Resolves in any order; rejects with the job's own error. */
  run(job: Job): Promise<Result> {
    if (this.failure !== undefined) return rejectedFor(this.failure);
    return new Promise<Result>((resolve, reject) => {
      const task = { job, resolve, reject };
      const lane = this.freeLane();
      if (lane === undefined) this.waiting.push(task);
      else post(lane, task);
    });
  }

  /** Ends all threads. Jobs under way are abandoned. */
  async close(): Promise<void> {
    await Promise.all(
      this.lanes.map(async ({ worker, ready }) => {
        await ready;
        await worker.terminate();
      }),
    );
  }

  /** An idle lane, else a new one, else the least busy one that takes another job. */
  private freeLane(): Lane<Job, Result> | undefined {
    const [first] = [...this.lanes].sort((a, b) => a.posted.length - b.posted.length);
    if (first?.posted.length === 0) return first;
    if (this.lanes.length < this.size) return this.startLane();
    return first !== undefined && first.posted.length < JOBS_PER_LANE ? first : undefined;
  }

  private startLane(): Lane<Job, Result> {
    const worker = takeEarly(this.script) ?? startThread(this.script);
    worker.postMessage(this.setup);
    const ready = new Promise<void>((resolve) => {
      for (const event of ['message', 'error', 'exit']) worker.once(event, resolve);
    });
    loading.add(ready);
    void ready.then(() => loading.delete(ready));
    const lane: Lane<Job, Result> = { worker, ready, posted: [] };
    worker.on('message', (reply: WireReply<Result> | typeof READY) => {
      if (reply !== READY) this.settle(lane, reply);
    });
    worker.on('error', (error) => {
      this.abandon(error);
    });
    this.lanes.push(lane);
    return lane;
  }

  private settle(lane: Lane<Job, Result>, reply: WireReply<Result>): void {
    const task = lane.posted.shift();
    const next = this.waiting.shift();
    if (next !== undefined) post(lane, next);
    if ('error' in reply) task?.reject(fromWireError(reply.error));
    else task?.resolve(reply.result);
  }

  /** Rejects all jobs, those under way too, and every later one: a thread died, or nobody wants the results any more. */
  abandon(reason: unknown): void {
    this.failure = { reason };
    const abandoned = [
      ...this.waiting.splice(0),
      ...this.lanes.flatMap(({ posted }) => posted.splice(0)),
    ];
    for (const task of abandoned) task.reject(reason);
  }
}

/** A job that is not taken. */
async function rejectedFor({ reason }: { readonly reason: unknown }): Promise<never> {
  await Promise.resolve();
  throw reason;
}

function post<Job, Result>(lane: Lane<Job, Result>, task: Task<Job, Result>): void {
  lane.posted.push(task);
  lane.worker.postMessage(task.job);
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
