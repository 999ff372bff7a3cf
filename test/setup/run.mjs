/** What `npm test` and `npm run demo` start: sets up what is missing on this machine, then does the job. */
import { parseArgs } from 'node:util';
import { checkNode } from './node-version.mjs';
import { Failed } from './steps.mjs';

const usage = `usage: npm test [-- PATTERN…]      all checks and tests; with patterns only the test files whose path has one
       npm test -- --quick         what one runs before each commit: no machines, kernels or kills
       npm test -- --slowest       only says how long each test file took when it last ran here
       npm run demo [-- --keep]    the main job on a real Debian tree; --keep leaves its files for you to look at
       npm test -- --set-up        only sets up what they need here, and says what would be skipped; so does
       npm run demo -- --set-up    for the demo. The exit status is 0 when nothing would be`;

const [job, ...args] = process.argv.slice(2);
process.chdir(new URL('../..', import.meta.url).pathname);

try {
  checkNode();
  if (job === 'test') {
    const { runTests } = await import('./test-job.mjs');
    const { slowestTable } = await import('./times.mjs');
    const { values, positionals } = parseTestArguments(args);
    if (values.slowest) console.log(slowestTable());
    else
      process.exitCode = await runTests(positionals, {
        setUpOnly: values['set-up'],
        quick: values.quick,
      });
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

/** @throws {Failed} for an option that there is not */
function parseTestArguments(words) {
  const flag = { type: 'boolean', default: false };
  try {
    return parseArgs({
      args: words,
      options: { 'set-up': flag, quick: flag, slowest: flag },
      allowPositionals: true,
    });
  } catch (error) {
    throw new Failed(`${error.message}\n${usage}`, 2);
  }
}
