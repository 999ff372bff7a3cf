/** Whether a machine would start an image: the command that says it, and the commands that make none that would not. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { CHECKOUT } from '../helpers/boot-program.js';
import { bootableTree, buildDisk, commitTree } from '../helpers/disk.js';
import { fixTimes } from '../helpers/fixed-times.js';
import { addFiles, makeReleaseTree, packInitramfs } from '../helpers/release-tree.js';
import { expectStatus, TestRepository } from '../helpers/repository.js';
import { requireDocument } from '../helpers/schema.js';
import { TestSysroot } from '../helpers/sysroot.js';

const POLICY = 'usr/lib/rootseal/setup-root.conf';
const SEALED = '[verify]\nmode=seal\nname=mine\n';

interface Report {
  readonly startable: boolean;
  readonly findings: readonly {
    readonly severity: string;
    readonly refused: boolean;
    readonly id: string;
    readonly rule: string;
  }[];
  readonly skipped: readonly string[];
}

function rulesOf({ findings }: Report): string[] {
  return findings.map(({ severity, rule }) => `${severity} ${rule}`);
}

/** A tree in which no rule finds anything, and these files. */
function releaseTree(
  repository: TestRepository,
  files: Readonly<Record<string, string>> = {},
): string {
  const tree = repository.tree({});
  makeReleaseTree(tree);
  addFiles(tree, { 'usr/bin/busybox': 'program', ...files });
  packInitramfs(tree);
  fixTimes(tree);
  return tree;
}

/** A key, and files that make an image trust it. */
function makeKey(repository: TestRepository): { key: string; files: Record<string, string> } {
  const key = join(repository.scratch, 'key');
  const text = repository.expect(['key', 'generate', 'tester', '--output', key]).split('\n').at(-1);
  return { key, files: { 'usr/lib/rootseal/keys.d/a.pub': `${text ?? ''}\n` } };
}

test('lint says nothing of a good image, in words and as a document', (t) => {
  const repository = TestRepository.make(t);
  const { key, files } = makeKey(repository);
  const tree = releaseTree(repository, { ...files, [POLICY]: SEALED, 'etc/machine-id': '' });
  assert.equal(repository.expect(['lint', tree, '--strict']), 'nothing is wrong with it');
  const commit = repository.expect(['commit', tree, '-b', 'main', '--name', 'mine', '--key', key]);
  assert.deepEqual(repository.json(['lint', commit, '--strict']), {
    version: 1,
    ok: true,
    startable: true,
    errorCount: 0,
    warningCount: 0,
    findings: [],
    skipped: [],
  });
});

test('lint has a line for each finding, counts them, and says whether a machine would start it', (t) => {
  const repository = TestRepository.make(t);
  const tree = releaseTree(repository, { 'etc/machine-id': 'x\n', 'tmp/x': '' });
  const starts = expectStatus(repository.call(['lint', tree]), 3).split('\n');
  assert.match(starts[0] ?? '', /^error {4}L11 {2}machine-id {2}\/etc\/machine-id is set/);
  assert.match(starts[1] ?? '', /^warning {2}L20 {2}run-tmp {5}\/tmp\/x is where/);
  assert.equal(starts[2], '1 error, 1 warning; a machine would start it');
  assert.equal(starts.length, 3);
  fs.rmdirSync(join(tree, 'sysroot'));
  const text = expectStatus(repository.call(['lint', tree, '--json']), 3);
  requireDocument('lint', text);
  const { startable, findings } = JSON.parse(text) as Report;
  assert.equal(startable, false);
  assert.deepEqual(
    findings.map(({ id, rule, refused }) => [id, rule, refused]),
    [
      ['L04', 'mount-points', true],
      ['L11', 'machine-id', false],
      ['L20', 'run-tmp', false],
    ],
  );
  assert.match(
    repository.call(['lint', tree]).stdout,
    /2 errors, 1 warning; no machine would start it\n$/,
  );
  assert.equal(repository.call(['lint', 'nothing']).status, 10);
});

test('lint leaves out rules by id and by name, and warnings count only with --strict and by its older name', (t) => {
  const repository = TestRepository.make(t);
  const tree = releaseTree(repository, { 'etc/machine-id': 'x\n', 'tmp/x': '' });
  const skip = ['--skip', 'L11'];
  const report = repository.json(['lint', tree, ...skip]) as Report;
  assert.deepEqual(rulesOf(report), ['warning run-tmp']);
  assert.deepEqual(report.skipped, ['L11']);
  for (const option of ['--strict', '--fatal-warnings']) {
    assert.equal(repository.call(['lint', tree, ...skip, option]).status, 3);
    assert.equal(repository.call(['lint', tree, ...skip, '--skip', 'run-tmp', option]).status, 0);
  }
  const wrong = repository.call(['lint', tree, '--skip', 'L99']);
  assert.equal(wrong.status, 2);
  assert.match(wrong.stderr, /there is no rule L99\n.*lint --list/);
  const nothing = repository.call(['lint']);
  assert.equal(nothing.status, 2);
  assert.match(nothing.stderr, /a tree or a commit is needed/);
});

test('lint lists its rules, and the manual describes each', (t) => {
  const repository = TestRepository.make(t);
  const text = repository.expect(['lint', '--list', '--json']);
  requireDocument('lint-rules', text);
  const { rules } = JSON.parse(text) as {
    rules: { id: string; rule: string; severity: string; atStart: boolean }[];
  };
  const lines = repository.expect(['lint', '--list']).split('\n');
  assert.equal(lines.length, rules.length + 1);
  assert.match(lines[1] ?? '', /^L01 +var-run +error +\/var\/run is not a link to \/run +bootc/);
  const page = fs.readFileSync(join(CHECKOUT, 'docs/man/rootseal-lint.1.md'), 'utf8');
  for (const { id, rule, severity } of rules)
    assert.ok(page.includes(`- ${id} \`${rule}\`, ${severity}`), `${id} ${rule}`);
  const told = [...page.matchAll(/^- (L\d\d) `/gm)].map(([, id]) => id ?? '');
  assert.deepEqual(told.sort(), rules.map(({ id }) => id).sort());
});

test('lint of a tree compares it with the release that is named', (t) => {
  const repository = TestRepository.make(t);
  const tree = releaseTree(repository);
  const commit = commitTree(repository, tree);
  fs.chmodSync(join(tree, 'usr/bin/busybox'), 0o4755);
  assert.deepEqual(rulesOf(repository.json(['lint', tree]) as Report), []);
  const report = repository.json(['lint', tree, '--previous', commit]) as Report;
  assert.deepEqual(rulesOf(report), ['warning suid']);
  assert.equal(repository.call(['lint', tree, '--previous', 'nothing']).status, 10);
});

/** A commit of a tree that starts, but for its seal. */
function sealedCommit(
  repository: TestRepository,
  name: string,
  isSealed: boolean,
): { commit: string; tree: string } {
  const { key, files } = makeKey(repository);
  const tree = bootableTree(repository, { ...files, [POLICY]: SEALED });
  const seal = isSealed ? ['--key', key] : [];
  const commit = repository.expect(['commit', tree, '-b', 'main', '--name', name, ...seal]);
  return { commit, tree };
}

test('a commit of another name than its policy wants, and one without a seal, do not make a disk, unless that is wanted', (t) => {
  for (const [name, isSealed, rule, message] of [
    ['other', true, 'policy-name', /the policy accepts name=mine, and the commit is named other/],
    ['mine', false, 'no-seal', /the commit has no seal/],
  ] as const) {
    const repository = TestRepository.make(t);
    const { commit } = sealedCommit(repository, name, isSealed);
    const { findings } = repository.json(['lint', commit], 3) as Report;
    const refused = findings.filter((finding) => finding.refused);
    assert.deepEqual(
      refused.map((finding) => finding.rule),
      [rule],
    );
    const out = join(repository.scratch, 'disk.img');
    const stopped = repository.call(['disk', 'build', commit, '--output', out]);
    assert.equal(stopped.status, 12, stopped.stderr);
    assert.match(stopped.stderr, message);
    assert.match(stopped.stderr, /hint: --force builds the disk anyway/);
    assert.ok(!fs.existsSync(out));
    buildDisk(repository, commit, { out, args: ['--force'] });
    assert.ok(fs.existsSync(out));
  }
});

test('a disk of an image that no machine would start is not made, and told of with --force', (t) => {
  const repository = TestRepository.make(t);
  const tree = bootableTree(repository, { 'etc/machine-id': 'x\n' });
  fs.rmdirSync(join(tree, 'sysroot'));
  commitTree(repository, tree);
  const out = join(repository.scratch, 'disk.img');
  const build = ['disk', 'build', 'main', '--output', out, '--esp-size', '34M'];
  const refused = repository.call(build);
  assert.equal(refused.status, 10);
  assert.match(
    refused.stderr,
    /no machine would start this image: mount-points: \/sysroot is missing/,
  );
  const forced = repository.call([...build, '--force']);
  assert.equal(forced.status, 0, forced.stderr);
  assert.match(forced.stderr, /^error: mount-points: \/sysroot is missing/m);
  assert.match(forced.stderr, /^warning: machine-id: /m);
});

/** A host with a good release, and one that no machine would start. */
function hostAndBadRelease(t: TestContext): { sysroot: TestSysroot; bad: string } {
  const sysroot = TestSysroot.make(t);
  sysroot.expect(['deploy', sysroot.release('1')]);
  sysroot.expect(['bless', 'default']);
  return { sysroot, bad: sysroot.release('2', { without: ['etc'] }) };
}

test('an image without /etc is not deployed at once, not staged, and taken with --force', (t) => {
  const { sysroot, bad } = hostAndBadRelease(t);
  for (const args of [[], ['--stage']]) {
    const refused = sysroot.call(['deploy', bad, ...args]);
    assert.equal(refused.status, 10, refused.stderr);
    assert.match(
      refused.stderr,
      /no machine would start this image: mount-points: \/etc is missing/,
    );
  }
  assert.equal(sysroot.role('default'), '1');
  assert.equal(sysroot.role('staged'), undefined);
  sysroot.expect(['deploy', bad, '--force', '--stage'], 2);
  sysroot.expect(['deploy', bad, '--force']);
  assert.equal(sysroot.role('default'), '2');
  assert.match(sysroot.status().problems.join('\n'), /os 2 .*mount-points: \/etc is missing/);
});

test('what was staged and no machine would start is not finalized', (t) => {
  const { sysroot, bad } = hostAndBadRelease(t);
  sysroot.expect(['deploy', sysroot.release('3'), '--stage']);
  const record = sysroot.file('state/deployments.json');
  const staged = JSON.parse(fs.readFileSync(record, 'utf8')) as {
    staged: string;
    deployments: { id: string; commit: string; image: string }[];
  };
  // As an earlier version, which did not look, staged it.
  const image = sysroot.repository.imageOf(bad);
  const [deployment] = staged.deployments;
  assert.ok(deployment);
  const old = sysroot.file(`state/deploy/${deployment.id}`);
  fs.writeFileSync(
    record,
    JSON.stringify(staged).replaceAll(deployment.commit, bad).replaceAll(deployment.id, image),
  );
  fs.renameSync(old, sysroot.file(`state/deploy/${image}`));
  const refused = sysroot.call(['finalize-staged']);
  assert.equal(refused.status, 17, refused.stderr);
  assert.match(refused.stderr, /\/etc is missing/);
  assert.equal(sysroot.role('default'), '1');
});
