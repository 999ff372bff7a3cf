/** `npm test`: everything that must hold before a change goes in. */
import { ensureDebianPackages, isPresent } from './apt.mjs';
import { ensureComposefsTools } from './composefs.mjs';
import { testPackages } from './debian-packages.mjs';
import { checkLinks } from './links.mjs';
import { buildManPages } from './man.mjs';
import { runNodeTest, summarize, testFiles } from './node-test.mjs';
import { ensureNodeModules } from './npm.mjs';
import { checkOptions } from './options.mjs';
import { checkPromises } from './promises.mjs';
import { Failed, printTimings, runOrFail, step } from './steps.mjs';
import { ensureUmlKernel } from './uml.mjs';

const tool = (path) => `node_modules/${path}`;
const node = (...args) => runOrFail(process.execPath, args);

/**
 * @param {string[]} patterns with none, all checks and tests; otherwise only the tests whose path has one of them
 * @returns {Promise<number>} the exit status
 */
export async function runTests(patterns) {
  const strict = process.env.CI === 'true';
  const files = testFiles(patterns);
  if (files.length === 0) throw new Failed(`no test file matches ${patterns.join(' ')}`, 2);
  await step('npm packages', ensureNodeModules);
  await step('Debian packages', () => ensureDebianPackages(testPackages));
  if (files.some((file) => /interop\/composefs|howto\/release/.test(file))) {
    const tools = await step('tools of composefs', ensureComposefsTools);
    if (tools !== undefined) process.env.COMPOSEFS_TOOLS = tools;
  }
  if (files.some((file) => /vm\/(?:uml|btrfs)|howto\/administrator/.test(file))) {
    const kernel = await step('kernel of the UML bench', ensureUmlKernel);
    if (kernel !== undefined) process.env.ROOTSEAL_UML_KERNEL = kernel;
  }
  await step('compile (tsc -b)', () => node(tool('typescript/bin/tsc'), '-b'));

  // A finding of a linter should not hide a failing test, so these are collected.
  const findings = [];
  if (['make', 'cc'].every((present) => isPresent({ present })))
    findings.push(...(await tryStep('boot program (make)', buildBootProgram)));
  if (patterns.length === 0) {
    const checks = [
      ['lint (eslint)', () => node(tool('eslint/bin/eslint.js'), '.', '--max-warnings', '0')],
      ['format (prettier)', () => node(tool('prettier/bin/prettier.cjs'), '--check', '.')],
      ['documentation (links, manual pages)', checkDocumentation],
    ];
    for (const [title, check] of checks) findings.push(...(await tryStep(title, check)));
  }

  const result = await step(`tests (${files.length} files)`, () => runNodeTest(files));

  printTimings();
  if (findings.length > 0) console.log(`\nFailed checks:\n${findings.join('\n')}`);
  const passed = summarize(result, { strict });
  return passed && findings.length === 0 ? 0 : 1;
}

/** The program, and the test programs made of the same sources, without and with sanitizers. */
function buildBootProgram() {
  return runOrFail('make', ['-s', '-j2', '-C', 'initramfs', 'all', 'tests', 'sanitized']);
}

async function checkDocumentation() {
  const problems = [
    ...checkLinks('.'),
    ...checkPromises('docs/threat-model.md', 'test'),
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
