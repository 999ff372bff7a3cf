/** Entry of the repository's worker threads. */
import { workerData } from 'node:worker_threads';
import { serveJobs } from '../../util/worker-serve.js';
import { checkoutFile } from './checkout.js';
import { ingestFile } from './ingest.js';
import type { Job, JobResult, ObjectProblem, WorkSetup } from './jobs.js';
import { verifyObject } from './verify.js';

const setup = workerData as WorkSetup;

function runJob(job: Job): JobResult {
  switch (job.kind) {
    case 'ingest':
      return job.files.map((file) => ingestFile(setup, job.rootFd, file));
    case 'verify':
      return job.digests
        .map((digest) => verifyObject(setup, digest))
        .filter((found): found is ObjectProblem => found !== undefined);
    case 'checkout':
      for (const file of job.files) checkoutFile(setup, job.rootFd, file);
      return undefined;
  }
}

serveJobs(runJob);
