/** What `npm test` and `npm run demo` say of what a machine lacks. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import { scratchDirectory } from '../../helpers/scratch.js';

const root = process.cwd();

/** The modules of runner and demo are plain JavaScript, so their shape is stated here. */
async function load<T>(name: string): Promise<T> {
  return (await import(pathToFileURL(join(root, 'test', name)).href)) as T;
}

interface Skip {
  part: string;
  reason: string;
  onlyRoot: boolean;
}
interface DebianPackage {
  package: string;
  present: string;
  lost: string;
  marks?: string[];
}
interface Lists {
  debianPackages: DebianPackage[];
  packagesFor: (mark: string) => DebianPackage[];
}
type Verdict = (skipped: Skip[], when?: { before: boolean }) => { line: string; status: number };

const MOUNT = { part: 'mounting', reason: 'needs root', onlyRoot: true };
const BOOT = { part: 'booting', reason: 'qemu is missing', onlyRoot: false };

test('tests and demo begin in a clone without a single npm package', async (t) => {
  const clone = scratchDirectory(t);
  mkdirSync(join(clone, 'test'));
  for (const folder of ['setup', 'demo'])
    cpSync(join(root, 'test', folder), join(clone, 'test', folder), { recursive: true });
  for (const job of ['test-job', 'demo-job', 'times']) {
    const module = pathToFileURL(join(clone, `test/setup/${job}.mjs`)).href;
    await execa(process.execPath, ['--input-type=module', '-e', `import '${module}'`]);
  }
  const wrong = [join(clone, 'test/setup/run.mjs'), 'test', '--no-such-option'];
  const { exitCode, stderr } = await execa(process.execPath, wrong, { reject: false });
  assert.equal(exitCode, 2, stderr);
});

test('a demo that skipped anything names it in its last line', async () => {
  const { verdictOn } = await load<{ verdictOn: Verdict }>('demo/verdict.mjs');
  assert.equal(verdictOn([]).line, 'The demo did all it set out to do.');
  assert.equal(
    verdictOn([MOUNT, BOOT]).line,
    'The demo skipped 2 parts: mounting (needs root); booting (qemu is missing).',
  );
  const { line } = verdictOn([MOUNT], { before: true });
  assert.equal(line, 'The demo would skip 1 part: mounting (needs root).');
});

test('only what root alone can do may be skipped with exit status 0', async () => {
  const { verdictOn } = await load<{ verdictOn: Verdict }>('demo/verdict.mjs');
  assert.equal(verdictOn([]).status, 0);
  assert.equal(verdictOn([MOUNT]).status, 0);
  assert.equal(verdictOn([BOOT]).status, 3);
  assert.equal(verdictOn([MOUNT, BOOT]).status, 3);
  assert.equal(verdictOn([BOOT], { before: true }).status, 3);
});

test('a part of the demo with an obstacle is skipped and kept, one without is done', async (t) => {
  const { Shell } = await load<{
    Shell: new (
      folder: string,
      env: object,
      conditions: { noMount: string | undefined; isOurTree: boolean },
    ) => {
      skipped: Skip[];
      unlessLacking: (name: string, work: () => void) => Promise<void>;
    };
  }>('demo/shell.mjs');
  t.mock.method(console, 'log', () => undefined);
  let count = 0;
  const work = () => {
    count += 1;
  };
  const user = new Shell('/', {}, { noMount: 'needs root: so it is', isOurTree: false });
  await user.unlessLacking('mount', work);
  await user.unlessLacking('boot', work);
  assert.equal(count, 0);
  const [mount, boot] = user.skipped;
  assert.deepEqual([mount?.reason, mount?.onlyRoot], ['needs root: so it is', true]);
  assert.deepEqual([boot?.onlyRoot, user.skipped.length], [false, 2]);
  const able = new Shell('/', {}, { noMount: undefined, isOurTree: true });
  await able.unlessLacking('mount', work);
  assert.deepEqual([count, able.skipped], [1, []]);
});

test('tests and demo are set up from one list of Debian packages', async () => {
  const lists = await load<object>('setup/debian-packages.mjs');
  assert.deepEqual(Object.keys(lists).sort(), ['debianPackages', 'packagesFor']);
  const files = ['test-job', 'demo-job'].map((name) =>
    readFileSync(join(root, `test/setup/${name}.mjs`), 'utf8'),
  );
  for (const text of files) {
    assert.match(text, /from '\.\/set-up\.mjs'/);
    assert.doesNotMatch(text, /debian-packages|ensureDebianPackages/);
  }
});

test('every Debian package that a reason to skip names is in the list', async () => {
  const { debianPackages } = await load<Lists>('setup/debian-packages.mjs');
  const listed = new Set(debianPackages.map((entry) => entry.package));
  const sources = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:ts|mjs)$/.test(name) && !name.startsWith('unit/'))
    .map((name) => readFileSync(join(root, 'test', name), 'utf8'))
    .join('\n');
  const named = [...sources.matchAll(/\((?:Debian package|apt-get install) ([a-z0-9.+-]+)\)/g)];
  assert.ok(named.length >= 5, 'the reasons are found');
  // composefs is in newer releases only: test/setup/composefs.mjs sees to it.
  const missing = named.map(([, name = '']) => name).filter((name) => !listed.has(name));
  assert.deepEqual(new Set(missing), new Set(['composefs']));
});

test('what machines in QEMU need is in the list, with the package that the tests name', async () => {
  const { debianPackages } = await load<Lists>('setup/debian-packages.mjs');
  const { PROGRAMS } = await import('../../vm/qemu/programs.js');
  for (const [program, name] of Object.entries(PROGRAMS)) {
    const ofProgram = debianPackages.filter(
      ({ package: listed, present }) => listed === name && !present.startsWith('/'),
    );
    assert.ok(ofProgram.length > 0, `${program} (${name})`);
  }
});

test('marks take groups out of the list', async () => {
  const { packagesFor } = await load<Lists>('setup/debian-packages.mjs');
  const names = (mark: string) => packagesFor(mark).map((entry) => entry.package);
  assert.deepEqual(names('unpack'), ['mmdebstrap', 'debian-archive-keyring']);
  assert.ok(names('uml').includes('flex'));
  assert.ok(names('tree').includes('musl-tools'));
  assert.deepEqual(names('nothing'), []);
});

test('what would be skipped is found without running a test', async (t) => {
  const { listSkips } = await load<{
    listSkips: (files: string[]) => Promise<{ name: string; reason: string }[]>;
  }>('setup/skips/report.mjs');
  const skips = await listSkips(['test/setup/fixtures/outcomes.mjs']);
  assert.deepEqual(
    skips.map(({ name, reason }) => [name, reason]),
    [['is skipped in its options', 'needs a unicorn']],
  );
  const { reportSkips } = await load<{
    reportSkips: (skips: { reason: string }[], missing: { package: string }[]) => boolean;
  }>('setup/skips/report.mjs');
  const printed: string[] = [];
  t.mock.method(console, 'log', (line: string) => {
    printed.push(line);
  });
  assert.equal(reportSkips(skips, []), false);
  assert.ok(printed.includes('  1: needs a unicorn'));
  assert.equal(
    printed.at(-1),
    '\nTests that would be skipped: 1. Debian packages that are missing: 0.',
  );
  assert.equal(reportSkips([], []), true);
  assert.equal(reportSkips([], [{ package: 'kmod' }]), false);
});
