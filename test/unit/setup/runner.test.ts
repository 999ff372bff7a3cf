/** The runner of `npm test`: what it counts, what it lets pass, and what it asks the machine for. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';

const folder = join(process.cwd(), 'test/setup');

interface Outcome {
  outcome: string;
  name: string;
  reason?: string;
}

/** The modules of the runner are plain JavaScript, so their shape is stated here. */
async function load<T>(name: string): Promise<T> {
  return (await import(pathToFileURL(join(folder, name)).href)) as T;
}

function scratch(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'rootseal-runner-'));
  t.after(() => {
    rmSync(path, { recursive: true });
  });
  return path;
}

test('the reporter counts tests, not suites, and keeps the reason of a skip', () => {
  const env: NodeJS.ProcessEnv = { ...process.env };
  delete env['NODE_TEST_CONTEXT']; // Node refuses to run tests inside tests otherwise.
  const { stdout, status } = spawnSync(
    process.execPath,
    [
      '--test',
      `--test-reporter=${join(folder, 'reporter.mjs')}`,
      '--test-reporter-destination=stdout',
      join(folder, 'fixtures/outcomes.mjs'),
    ],
    { env, encoding: 'utf8' },
  );
  const outcomes = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Outcome)
    .map(({ outcome, name, reason }) => [outcome, name, reason]);
  assert.deepEqual(outcomes, [
    ['passed', 'passes', undefined],
    ['failed', 'fails', undefined],
    ['skipped', 'is skipped in its options', 'needs a unicorn'],
    ['skipped', 'is skipped while it runs', 'no fs-verity here'],
    ['passed', 'a suite > holds a test', undefined],
  ]);
  assert.equal(status, 1);
});

test('a skip for an unknown reason fails the run only when it is strict', async (t) => {
  const { summarize } = await load<{
    summarize: (run: { status: number; tests: Outcome[] }, how: { strict: boolean }) => boolean;
  }>('node-test.mjs');
  const printed: string[] = [];
  t.mock.method(console, 'log', (line: string) => {
    printed.push(line);
  });
  const tests = [
    { outcome: 'passed', name: 'a' },
    { outcome: 'skipped', name: 'b', reason: 'needs a unicorn' },
  ];
  assert.equal(summarize({ status: 0, tests }, { strict: false }), true);
  assert.equal(printed.at(-1), '\n1 passed, 0 failed, 1 skipped');
  assert.equal(summarize({ status: 0, tests }, { strict: true }), false);
  assert.equal(summarize({ status: 0, tests: [] }, { strict: false }), false, 'no test at all');
  assert.equal(summarize({ status: 1, tests }, { strict: false }), false, 'node --test failed');
});

test('a Node older than 20.19 is refused with a sentence that names both versions', async () => {
  const { checkNode } = await load<{ checkNode: (version: string) => void }>('node-version.mjs');
  for (const version of ['20.19.0', '20.20.1', '22.0.0', '100.0.0']) checkNode(version);
  for (const version of ['18.20.4', '20.18.9', '9.99.0']) {
    assert.throws(
      () => {
        checkNode(version);
      },
      new RegExp(`needs Node 20\\.19 .* is Node ${version}`),
    );
  }
});

test('node_modules counts as installed only when every package is the locked one', async (t) => {
  const { areInstalled } = await load<{ areInstalled: (wanted: string, found: string) => boolean }>(
    'npm.mjs',
  );
  const path = scratch(t);
  const [wanted, found] = [join(path, 'wanted.json'), join(path, 'found.json')];
  const write = (file: string, packages: object) => {
    writeFileSync(file, JSON.stringify({ packages }));
  };
  const locked = { version: '1.0.0', integrity: 'sha512-x' };
  write(wanted, { '': {}, 'node_modules/a': locked, 'node_modules/b': { optional: true } });
  assert.equal(areInstalled(wanted, found), false, 'nothing is installed');
  write(found, { 'node_modules/a': locked });
  assert.equal(areInstalled(wanted, found), true, 'an optional package may be lacking');
  write(found, { 'node_modules/a': { ...locked, version: '1.0.1' } });
  assert.equal(areInstalled(wanted, found), false, 'another version');
});

test('a manual page without its title line, or with a table, is a finding', async () => {
  const { checkSource, pageName } = await load<{
    checkSource: (source: string, markdown: string) => string[];
    pageName: (source: string) => string;
  }>('man.mjs');
  assert.equal(pageName('rootseal-commit.md'), 'rootseal-commit.1');
  assert.equal(pageName('rootseal-policy.5.md'), 'rootseal-policy.5');
  assert.deepEqual(checkSource('p', '# rootseal-commit(1) - store a tree\n'), []);
  assert.equal(checkSource('p', '# Commit\n').length, 1);
  assert.equal(checkSource('p', '# a(1) - b\n\n| x | y |\n').length, 1);
  assert.equal(checkSource('p', '# a(1) - b\n<!-- BEGIN GENERATED OPTIONS -->\n').length, 1);
});

test('a link to a file that does not exist is a finding, a link to the web is not', async (t) => {
  const { checkLinks } = await load<{ checkLinks: (root: string) => string[] }>('links.mjs');
  const path = scratch(t);
  writeFileSync(
    join(path, 'a.md'),
    '[a](a.md#there) [web](https://example.org/x) [gone](gone.md)\n```\n[code](no.md)\n```\n',
  );
  assert.deepEqual(checkLinks(path), [`${join(path, 'a.md')}: the link to gone.md leads nowhere`]);
});

interface Times {
  readonly seconds: number;
  readonly processor: number;
}

test('test files that took long start first, and the table of the slowest has all of them in its sum', async () => {
  const { longestFirst } = await load<{
    longestFirst: (files: string[], times: Record<string, Times>) => string[];
  }>('node-test.mjs');
  const { slowestTable } = await load<{ slowestTable: (times: Record<string, Times>) => string }>(
    'times.mjs',
  );
  const times = {
    'dist/test/unit/a.test.js': { seconds: 1, processor: 0.5 },
    'dist/test/unit/b.test.js': { seconds: 3.25, processor: 2 },
  };
  assert.deepEqual(longestFirst(Object.keys(times), times), Object.keys(times).reverse());
  const unknown = ['dist/test/unit/a.test.js', 'dist/test/vm/power-cut.test.js'];
  assert.deepEqual(longestFirst(unknown, {}), [...unknown].reverse());
  const [, first, , sum] = slowestTable(times).split('\n');
  assert.equal(first, '      3.3       2.0  test/unit/b.test.ts');
  assert.equal(sum, '      4.3       2.5  all, one after the other');
  assert.throws(() => slowestTable({}), /no test has run here yet/);
});

test('a test file that cannot be loaded, and one that is killed, are failures with their times', (t) => {
  const directory = scratch(t);
  const file = (name: string, text: string): string => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };
  const files = [
    file('broken.mjs', 'import "./nothing.mjs";'),
    file('killed.mjs', 'process.kill(process.pid, "SIGKILL"); await new Promise(() => {});'),
    file('good.mjs', 'import { test } from "node:test"; test("is good", () => {});'),
  ];
  const results = join(directory, 'results');
  const env: NodeJS.ProcessEnv = { ...process.env };
  delete env['NODE_TEST_CONTEXT'];
  const run = spawnSync(process.execPath, [join(folder, 'run-files.mjs'), results, '2', ...files], {
    env,
    encoding: 'utf8',
  });
  assert.equal(run.status, 1, run.stderr);
  const lines = readFileSync(results, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Outcome & { times?: string; error?: string } & Times);
  const failed = lines.filter(({ outcome }) => outcome === 'failed');
  assert.deepEqual(failed.map(({ name, error }) => [name, error]).sort(), [
    [files[0], 'it ended with exit status 1'],
    [files[1], 'it ended with SIGKILL'],
  ]);
  assert.deepEqual(
    lines.filter(({ outcome }) => outcome === 'passed').map(({ name }) => name),
    ['is good'],
  );
  const times = lines.filter(({ times: timed }) => timed !== undefined);
  assert.deepEqual(times.map(({ times: timed }) => timed).sort(), [...files].sort());
  assert.ok(times.every(({ seconds }) => seconds > 0));
});
