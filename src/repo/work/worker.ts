/** Entry of the repository's worker threads. */
import { serveJobs } from '../../util/worker-serve.js';
import type { Job, WorkSetup } from './jobs.js';
import { runJob } from './run-job.js';

serveJobs((setup: WorkSetup) => (job: Job) => runJob(setup, job));
