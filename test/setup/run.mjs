/** What `npm test` and `npm run demo` start: sets up what is missing on this machine, then does the job. */
import { checkNode } from './node-version.mjs';
import { Failed } from './steps.mjs';

const usage = `usage: npm test [-- PATTERN…]      all checks and tests; with patterns only the test files whose path has one
       npm run demo [-- --keep]    the main job on a real Debian tree; --keep leaves its files for you to look at
       npm test -- --set-up        only sets up what they need here, and says what would be skipped; so does
       npm run demo -- --set-up    for the demo. The exit status is 0 when nothing would be`;

const [job, ...args] = process.argv.slice(2);
process.chdir(new URL('../..', import.meta.url).pathname);

try {
  checkNode();
  if (job === 'test') {
    const { runTests } = await import('./test-job.mjs');
    const patterns = args.filter((arg) => arg !== '--set-up');
    process.exitCode = await runTests(patterns, { setUpOnly: args.includes('--set-up') });
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
