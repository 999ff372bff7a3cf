/** Runs node:test on compiled test files and sums up what happened. */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allowedSkip } from './allowed-skips.mjs';
import { Failed, run } from './steps.mjs';
import { readTimes } from './times.mjs';

/** What takes minutes, the longest first: parts of paths. In a checkout in which tests have run, their times say more. */
const LONG = [
  ...[
    'vm/power-cut',
    'system/kill-deployments',
    'vm/self-healing',
    'vm/upgrade',
    'test/howto/',
    'bare-root',
    'test/packages/',
  ],
  ...['vm/esp', 'vm/debian', 'vm/uml/verity', 'system/kill-', 'vm/uml', 'vm/', 'property/'],
];

/** What `npm test -- --quick` leaves out: machines, kernels, kills, and whole Debian systems. */
const NOT_QUICK = [
  'test/vm/',
  'test/howto/',
  'system/kill-',
  'system/bare-root',
  'system/npm-package',
  'boot-program/initramfs-tools',
  'test/packages/',
];

export function isQuick(file) {
  return !NOT_QUICK.some((part) => file.includes(part));
}

/**
 * Compiled test files that still have a source, sorted; with patterns only those whose path holds one. Those in folders
 * called `inside` are for a machine that another test starts.
 */
export function testFiles(patterns, root = '.') {
  const files = filesBelow(join(root, 'test'))
    .filter((path) => path.endsWith('.test.ts') && !path.includes('/inside/'))
    .filter((path) => patterns.length === 0 || patterns.some((pattern) => path.includes(pattern)))
    .sort();
  return files.map((path) => join('dist', path.replace(/\.ts$/, '.js')));
}

function filesBelow(folder) {
  try {
    return readdirSync(folder, { recursive: true }).map((name) => join(folder, name));
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

/**
 * @param {string[]} files
 * @returns {Promise<{status: number | null, tests: {outcome: string, name: string, file: string, reason?: string}[],
 *   times: Record<string, {seconds: number, processor: number}>}>}
 */
export async function runNodeTest(files) {
  // Most of them keep one processor busy, machines that are emulated among them.
  return runFiles(longestFirst(files, readTimes()), 2);
}

/** So that no processor waits for a long one at the end. */
export function longestFirst(files, times) {
  const rank = (file) => {
    const index = LONG.findIndex((name) => file.includes(name));
    return index < 0 ? LONG.length : index;
  };
  const known = files.filter((file) => times[file] !== undefined);
  const unknown = files.filter((file) => !known.includes(file));
  return [
    ...unknown.sort((a, b) => rank(a) - rank(b)),
    ...known.sort((a, b) => times[b].seconds - times[a].seconds),
  ];
}

async function runFiles(files, lanes) {
  const scratch = mkdtempSync(join(tmpdir(), 'rootseal-test-'));
  const results = join(scratch, 'results.jsonl');
  try {
    const { status } = await run(process.execPath, [
      '--enable-source-maps',
      new URL('run-files.mjs', import.meta.url).pathname,
      results,
      String(lanes),
      ...files,
    ]);
    const lines = readFileSync(results, 'utf8').split('\n').filter(Boolean);
    const rows = lines.map((line) => JSON.parse(line));
    const times = rows.filter(({ times }) => times !== undefined);
    return {
      status,
      tests: rows.filter(({ outcome }) => outcome !== undefined),
      times: Object.fromEntries(times.map(({ times: file, ...row }) => [file, row])),
    };
  } catch (error) {
    if (error.code === 'ENOENT') throw new Failed('the tests did not start');
    throw error;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * Prints the skipped and failed tests and, alone on the last line, the totals.
 *
 * @returns {boolean} whether the run counts as passed; with `strict`, a skip must be on the list of allowed ones
 */
export function summarize({ status, tests }, { strict }) {
  const passed = tests.filter((test) => test.outcome === 'passed');
  const failed = tests.filter((test) => test.outcome === 'failed');
  const skipped = tests.filter((test) => test.outcome === 'skipped');
  const refused = skipped.filter((test) => allowedSkip(test.reason) === undefined);

  printList('Skipped', skipped, (test) => `${test.reason}${remark(test, strict)}`);
  printList('Failed', failed, (test) => test.file ?? '');
  if (strict && refused.length > 0) {
    console.log(
      `\nCI=true: ${refused.length} skipped for a reason not in test/setup/allowed-skips.mjs`,
    );
  }
  if (tests.length === 0) console.log('\nNo test ran.');
  console.log(`\n${passed.length} passed, ${failed.length} failed, ${skipped.length} skipped`);
  const clean = status === 0 && failed.length === 0 && tests.length > 0;
  return clean && !(strict && refused.length > 0);
}

function remark(test, strict) {
  const allowed = allowedSkip(test.reason);
  if (allowed !== undefined) return ` [allowed: ${allowed.why}]`;
  return strict ? ' [not allowed with CI=true]' : '';
}

function printList(title, tests, describe) {
  if (tests.length === 0) return;
  console.log(`\n${title}:`);
  for (const test of tests) console.log(`  ${test.name}\n      ${describe(test)}`);
}
