/** The repository's worker threads, with a typed call for each kind of job. */
import type { Digest } from '../../util/digest.js';
import { withPauses } from '../../util/pauses.js';
import { WorkerPool } from '../../util/worker-pool.js';
import type {
  ExpectedObject,
  IngestedFile,
  Job,
  JobResult,
  SourceFile,
  TargetFile,
  VerifiedObjects,
  WorkSetup,
} from './jobs.js';
import { runJob } from './run-job.js';
import { THREADS, WORKER_SCRIPT } from './script.js';

/** Fewer files than this are not worth a thread's start, which takes as long as a thousand of them. */
export const PARALLEL_FILES_MIN = 256;

/**
 * The calling thread takes jobs too, whenever the others have enough to do: it would only wait for them, and a thread
 * less is started.
 */
export class Workers {
  private readonly setup: WorkSetup;
  private readonly pool: WorkerPool<Job, JobResult>;
  private readonly signal: AbortSignal | undefined;
  private started = false;

  /** @param signal ends all jobs, also those under way; its reason is what they throw */
  constructor(setup: WorkSetup, signal?: AbortSignal) {
    this.setup = setup;
    this.signal = signal;
    this.pool = new WorkerPool(WORKER_SCRIPT, setup, THREADS);
    signal?.addEventListener('abort', this.onAbort);
  }

  private readonly onAbort = (): void => {
    this.pool.abandon(this.signal?.reason);
  };

  /** How many jobs are worth having under way. */
  get depth(): number {
    return this.pool.capacity + 1;
  }

  /** Whether a thread would take a job at once. */
  get hasIdleThread(): boolean {
    return this.started && !this.pool.isFull;
  }

  /** Starts threads when `files` are worth it. Without them, the calling thread does everything. */
  expect(files: number): void {
    if (this.started || files < PARALLEL_FILES_MIN) return;
    this.started = true;
    this.pool.warmUp();
  }

  async ingest(rootFd: number, files: readonly SourceFile[]): Promise<readonly IngestedFile[]> {
    return (await this.run({ kind: 'ingest', rootFd, files })) as readonly IngestedFile[];
  }

  async verify(objects: readonly ExpectedObject[]): Promise<VerifiedObjects> {
    return (await this.run({ kind: 'verify', objects })) as VerifiedObjects;
  }

  /** See `inspectImage`. */
  async inspect(image: Digest): Promise<ReadonlyMap<Digest, number> | undefined> {
    return (await this.run({ kind: 'inspect', image })) as ReadonlyMap<Digest, number> | undefined;
  }

  async checkout(rootFd: number, files: readonly TargetFile[]): Promise<void> {
    await this.run({ kind: 'checkout', rootFd, files });
  }

  private async run(job: Job): Promise<JobResult> {
    this.signal?.throwIfAborted();
    if (this.hasIdleThread) return this.pool.run(job);
    // The answers of the others come first.
    await new Promise(setImmediate);
    return withPauses(runJob(this.setup, job), this.signal);
  }

  async close(): Promise<void> {
    this.signal?.removeEventListener('abort', this.onAbort);
    await this.pool.close();
  }
}
