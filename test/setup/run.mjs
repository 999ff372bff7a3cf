/** What `npm test` and `npm run demo` start: sets up what is missing on this machine, then does the job. */
import { checkNode } from './node-version.mjs';
import { Failed } from './steps.mjs';

const usage = `usage: npm test [-- PATTERN…]      all checks and tests; with patterns only the test files whose path has one
       npm run demo [-- --keep]    the main job on a real Debian tree; --keep leaves its files for you to look at`;

const [job, ...args] = process.argv.slice(2);
process.chdir(new URL('../..', import.meta.url).pathname);

try {
  checkNode();
  if (job === 'test') {
    const { runTests } = await import('./test-job.mjs');
    process.exitCode = await runTests(args);
  } else if (job === 'demo') {
    const { runDemo } = await import('./demo-job.mjs');
    process.exitCode = await runDemo(args);
  } else {
    throw new Failed(usage, 2);
  }
} catch (error) {
  if (!(error instanceof Failed)) throw error;
  console.error(`\n${error.message}`);
  process.exitCode = error.exitStatus;
}
