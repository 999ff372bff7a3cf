/** Entry of the repository's worker threads. */
import { workerData } from 'node:worker_threads';
import { serveJobs } from '../../util/worker-serve.js';
import type { Job, WorkSetup } from './jobs.js';
import { runJob } from './run-job.js';

const setup = workerData as WorkSetup;

serveJobs((job: Job) => runJob(setup, job));
