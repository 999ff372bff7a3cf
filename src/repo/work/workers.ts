/** The repository's worker threads, with a typed call for each kind of job. */
import { WorkerPool } from '../../util/worker-pool.js';
import type { Digest } from '../../util/digest.js';
import type {
  IngestedFile,
  Job,
  JobResult,
  ObjectProblem,
  SourceFile,
  TargetFile,
  WorkSetup,
} from './jobs.js';

export class Workers {
  private readonly pool: WorkerPool<Job, JobResult>;

  constructor(setup: WorkSetup) {
    this.pool = new WorkerPool(new URL('./worker.js', import.meta.url), setup);
  }

  /** How many jobs are worth having under way: one running and one waiting for each thread. */
  get depth(): number {
    return 2 * this.pool.parallelism;
  }

  /** Starts the threads before there is work, so that they are ready when it comes. */
  warmUp(): void {
    this.pool.warmUp();
  }

  async ingest(rootFd: number, files: readonly SourceFile[]): Promise<readonly IngestedFile[]> {
    return (await this.pool.run({ kind: 'ingest', rootFd, files })) as readonly IngestedFile[];
  }

  async verify(digests: readonly Digest[]): Promise<readonly ObjectProblem[]> {
    return (await this.pool.run({ kind: 'verify', digests })) as readonly ObjectProblem[];
  }

  async checkout(rootFd: number, files: readonly TargetFile[]): Promise<void> {
    await this.pool.run({ kind: 'checkout', rootFd, files });
  }

  async close(): Promise<void> {
    await this.pool.close();
  }
}
