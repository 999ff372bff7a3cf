/** Runs test files of this checkout in User Mode Linux, and gives each of their results as a test of its own. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { basename, join } from 'node:path';
import type { TestContext } from 'node:test';
import { CHECKOUT } from '../../helpers/boot-program.js';
import { scratchDirectory } from '../../helpers/scratch.js';
import { type FileSystem, makeDisk, runInUml, type UmlResult } from './bench.js';
import { type GuestNode, guestNode } from './guest-node.js';

/** One line of test/setup/reporter.mjs. */
interface Outcome {
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly name: string;
  readonly file?: string;
  readonly reason?: string;
  readonly error?: string;
}

export interface InsideRun {
  /** Of the disk that holds the tests' scratch files, and of another one, /dev/ubdb, that is not mounted. */
  readonly fileSystem: FileSystem;
  /** Below `test/`, such as `system/linux-verity`. */
  readonly files: readonly string[];
  /** A third disk: /dev/ubdc, with partitions /dev/ubdc1, … */
  readonly disk?: string;
  /** For the tests, besides what they get anyway. Values without quotes. */
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Runs test files on a file system with fs-verity. They find its type in ROOTSEAL_UML_FILE_SYSTEM, and call the package that is
 * shipped.
 * A skip counts as a failure: in the guest there is everything.
 */
export async function runTestsInUml(t: TestContext, run: InsideRun): Promise<void> {
  const scratch = scratchDirectory(t);
  const exchange = join(scratch, 'exchange');
  fs.mkdirSync(exchange);
  const disks = ['a', 'b'].map((name) => makeDisk(join(scratch, name), run.fileSystem));
  if (run.disk !== undefined) disks.push(run.disk);
  const command = commandFor(run, guestNode(exchange));
  const result = await runInUml(t, { command, disks, exchange });
  const results = join(exchange, 'results');
  const lines = fs.existsSync(results) ? fs.readFileSync(results, 'utf8').split('\n') : [];
  const outcomes = lines.filter(Boolean).map((line) => JSON.parse(line) as Outcome);
  for (const outcome of outcomes) {
    await t.test(`${run.fileSystem}: ${outcome.name}`, () => {
      check(outcome);
    });
  }
  checkEnd(t, result, outcomes.length);
}

function commandFor(run: InsideRun, { node, program }: GuestNode): string {
  const { fileSystem, files, environment = {} } = run;
  const variables = {
    TMPDIR: '/mnt/disk',
    NO_COLOR: '1',
    ROOTSEAL_UML_FILE_SYSTEM: fileSystem,
    ROOTSEAL_TEST_DISK: '/dev/ubdb',
    ROOTSEAL_TEST_PROGRAM: program,
    ...environment,
  };
  const assignments = Object.entries(variables).map(([name, value]) => `${name}='${value}'`);
  const reporter = join(CHECKOUT, 'test/setup/reporter.mjs');
  return `
mkdir /mnt/disk && mount -t ${fileSystem} /dev/ubda /mnt/disk || exit
export ${assignments.join(' ')}
exec ${node} --enable-source-maps --test --test-concurrency=1 \\
  --test-reporter=spec --test-reporter-destination=stdout \\
  --test-reporter='${reporter}' --test-reporter-destination=/mnt/exchange/results \\
  ${files.map((file) => `dist/test/${file}.test.js`).join(' ')}
`;
}

function check({ outcome, name, file = '', reason = '', error = '' }: Outcome): void {
  if (outcome === 'failed') assert.fail(`${basename(file)}: ${name}\n${error}`);
  if (outcome === 'skipped') assert.fail(`${basename(file)}: ${name} was skipped: ${reason}`);
}

function checkEnd(t: TestContext, result: UmlResult, outcomes: number): void {
  if (result.status === 0 && outcomes > 0) return;
  for (const line of result.console.split('\n')) t.diagnostic(line);
  assert.fail(`${outcomes} tests ended in the guest; node ended with ${String(result.status)}`);
}
