/** Entry of the repository's worker threads. */
import { loadKoffi } from '../../linux/libc.js';
import { atOnce } from '../../util/steps.js';
import { serveJobs } from '../../util/worker-serve.js';
import type { Job, WorkSetup } from './jobs.js';
import { runJob } from './run-job.js';

serveJobs((setup: WorkSetup) => {
  // Not before there is work, and at once then: see `Lane.ready`.
  loadKoffi();
  return (job: Job) => atOnce(runJob(setup, job));
});
