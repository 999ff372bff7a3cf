/** `npm test`: everything that must hold before a change goes in. */
import { isPresent } from './apt.mjs';
import { checkLinks } from './links.mjs';
import { buildManPages } from './man.mjs';
import { isQuick, runNodeTest, summarize, testFiles } from './node-test.mjs';
import { checkCommands } from './commands.mjs';
import { checkOptions } from './options.mjs';
import { checkPaths } from './paths.mjs';
import { checkPromises } from './promises.mjs';
import { setUpTests } from './set-up.mjs';
import { listSkips, reportSkips } from './skips/report.mjs';
import { Failed, printTimings, runOrFail, step } from './steps.mjs';
import { keepTimes } from './times.mjs';

const tool = (path) => `node_modules/${path}`;
const node = (...args) => runOrFail(process.execPath, args, { capture: true });

/**
 * @param {string[]} patterns with none, all checks and tests; otherwise only the tests whose path has one of them
 * @param {{ setUpOnly?: boolean, quick?: boolean }} options with `setUpOnly` no test runs; what would be skipped is listed.
 *   With `quick` tests with machines, kernels and kills are left out
 * @returns {Promise<number>} the exit status
 */
export async function runTests(patterns, { setUpOnly = false, quick = false } = {}) {
  const strict = process.env.CI === 'true';
  const files = testFiles(patterns).filter((file) => !quick || isQuick(file));
  if (files.length === 0) throw new Failed(`no test file matches ${patterns.join(' ')}`, 2);
  const missing = await setUpTests(files);
  if (setUpOnly) {
    const skips = await step('what would be skipped', () => listSkips(files));
    return reportSkips(skips, missing) ? 0 : 1;
  }

  // A finding of a linter should not hide a failing test, so these are collected.
  const findings = [];
  const hasCompiler = ['make', 'cc'].every((present) => isPresent({ present }));
  if (hasCompiler) findings.push(...(await tryStep('boot program (make)', buildBootProgram)));
  if (patterns.length === 0) findings.push(...(await runChecks()));

  const result = await step(`tests (${files.length} files)`, () => runNodeTest(files));
  keepTimes(result.times, testFiles([]));

  printTimings();
  if (findings.length > 0) console.log(`\nFailed checks:\n${findings.join('\n')}`);
  const passed = summarize(result, { strict });
  return passed && findings.length === 0 ? 0 : 1;
}

/** Each keeps one processor busy, so the long one runs beside the others. */
async function runChecks() {
  const lint = () => node(tool('eslint/bin/eslint.js'), '.', '--max-warnings', '0');
  const format = () => node(tool('prettier/bin/prettier.cjs'), '--check', '.');
  const findings = await Promise.all([
    tryStep('lint (eslint)', lint),
    tryStep('format (prettier)', format).then(async (found) => [
      ...found,
      ...(await tryStep('documentation (links, manual pages)', checkDocumentation)),
    ]),
  ]);
  return findings.flat();
}

/** The program, and the test programs made of the same sources, without and with sanitizers. */
function buildBootProgram() {
  return runOrFail('make', ['-s', '-j2', '-C', 'initramfs', 'all', 'tests', 'sanitized']);
}

async function checkDocumentation() {
  const problems = [
    ...checkLinks('.'),
    ...checkPaths('.'),
    ...checkPromises('docs/threat-model.md', 'test'),
    ...(await checkCommands('docs/man')),
    ...(await checkOptions('docs/man')),
    ...(await buildManPages('docs/man', 'dist/man')),
  ];
  if (problems.length > 0) throw new Failed(problems.join('\n'));
}

async function tryStep(title, check) {
  try {
    await step(title, check);
    return [];
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    console.log(error.message);
    return [`  ${title}`];
  }
}
