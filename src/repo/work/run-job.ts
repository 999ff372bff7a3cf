/** Does one job, in whatever thread it is called. */
import { checkoutFile } from './checkout.js';
import { ingestFile } from './ingest.js';
import { inspectImage } from './inspect.js';
import type { Job, JobResult, WorkSetup } from './jobs.js';
import { verifyObjects } from './verify.js';

export function runJob(setup: WorkSetup, job: Job): JobResult {
  switch (job.kind) {
    case 'ingest':
      return job.files.map((file) => ingestFile(setup, job.rootFd, file));
    case 'verify':
      return verifyObjects(setup, job.digests);
    case 'inspect':
      return inspectImage(setup, job.image);
    case 'checkout':
      for (const file of job.files) checkoutFile(setup, job.rootFd, file);
      return undefined;
  }
}
