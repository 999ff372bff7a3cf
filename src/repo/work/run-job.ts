/** Does one job, in whatever thread it is called. */
import type { Steps } from '../../util/steps.js';
import { checkoutFile } from './checkout-job.js';
import { ingestFile } from './ingest-job.js';
import { inspectImage } from './inspect-job.js';
import type { IngestedFile, IngestJob, Job, JobResult, WorkSetup } from './jobs.js';
import { verifyObjects } from './verify-job.js';

export function* runJob(setup: WorkSetup, job: Job): Steps<JobResult> {
  switch (job.kind) {
    case 'ingest':
      return yield* ingestFiles(setup, job);
    case 'verify':
      return yield* verifyObjects(setup, job.objects);
    case 'inspect':
      return inspectImage(setup, job.image);
    case 'checkout':
      for (const file of job.files) {
        yield* checkoutFile(setup, job.rootFd, file);
        yield;
      }
      return undefined;
  }
}

function* ingestFiles(setup: WorkSetup, { rootFd, files }: IngestJob): Steps<IngestedFile[]> {
  const ingested: IngestedFile[] = [];
  for (const file of files) {
    ingested.push(yield* ingestFile(setup, rootFd, file));
    yield;
  }
  return ingested;
}
