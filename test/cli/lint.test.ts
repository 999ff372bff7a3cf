/** Whether a machine would start an image: the command that says it, and the commands that make none that would not. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { bootableTree, buildDisk, commitTree, RELEASE } from '../helpers/disk.js';
import { expectStatus, TestRepository } from '../helpers/repository.js';
import { TestSysroot } from '../helpers/sysroot.js';

const POLICY = 'usr/lib/rootseal/setup-root.conf';
const SEALED = '[verify]\nmode=seal\nname=mine\n';

interface Report {
  readonly ok: boolean;
  readonly errorCount: number;
  readonly warningCount: number;
  readonly findings: readonly { severity: string; rule: string; message: string }[];
}

function rulesOf({ findings }: Report): string[] {
  return findings.map(({ severity, rule }) => `${severity} ${rule}`);
}

/** A key, and files that make an image trust it. */
function makeKey(repository: TestRepository): { key: string; files: Record<string, string> } {
  const key = join(repository.scratch, 'key');
  const text = repository.expect(['key', 'generate', 'tester', '--output', key]).split('\n').at(-1);
  return { key, files: { 'usr/lib/rootseal/keys.d/a.pub': `${text ?? ''}\n` } };
}

interface Case {
  readonly files?: Readonly<Record<string, string>>;
  readonly change?: (tree: string) => void;
  /** Of a tree in a directory. */
  readonly rules: readonly string[];
  readonly message: RegExp;
}

const remove = (path: string) => (tree: string) => {
  fs.rmSync(join(tree, path), { recursive: true });
};

const CASES: Readonly<Record<string, Case>> = {
  'no /sysroot and no /run': {
    change: (tree) => {
      for (const name of ['sysroot', 'run']) fs.rmdirSync(join(tree, name));
    },
    rules: ['error mount-points'],
    message: /\/sysroot and \/run are missing; the root is read-only/,
  },
  'an /etc that is missing': {
    change: remove('etc'),
    rules: ['error mount-points'],
    message: /\/etc is missing/,
  },
  'an /etc that is a symbolic link': {
    change: (tree) => {
      fs.renameSync(join(tree, 'etc'), join(tree, 'usr/etc'));
      fs.symlinkSync('usr/etc', join(tree, 'etc'));
    },
    rules: ['error mount-points'],
    message: /\/etc is not a directory but a symbolic link/,
  },
  'an /etc that is a file': {
    change: (tree) => {
      remove('etc')(tree);
      fs.writeFileSync(join(tree, 'etc'), '');
    },
    rules: ['error mount-points'],
    message: /\/etc is not a directory but a file/,
  },
  'no place for the ESP where upgrades need it': {
    files: { 'usr/lib/systemd/system/rootseal-upgrade.service': '' },
    change: (tree) => {
      fs.rmdirSync(join(tree, 'efi'));
      fs.rmSync(join(tree, 'boot'), { recursive: true, force: true });
    },
    rules: ['error esp'],
    message: /\/efi is missing/,
  },
  'an ESP at a /boot with files in it, which only fstab mounts': {
    files: { 'usr/lib/systemd/system/rootseal-upgrade.service': '', 'boot/notes': '' },
    change: (tree) => {
      fs.rmdirSync(join(tree, 'efi'));
    },
    rules: ['warning esp'],
    message: /\/boot is not empty/,
  },
  'no init': { change: remove('sbin/init'), rules: ['error no-init'], message: /\/sbin\/init/ },
  'an init that leads nowhere': {
    change: (tree) => {
      remove('sbin/init')(tree);
      fs.symlinkSync('../usr/lib/nothing', join(tree, 'sbin/init'));
    },
    rules: ['error no-init'],
    message: /\/sbin\/init is missing/,
  },
  'an init that cannot be executed': {
    change: (tree) => {
      fs.chmodSync(join(tree, 'sbin/init'), 0o644);
    },
    rules: ['error no-init'],
    message: /cannot be executed/,
  },
  'no initramfs': {
    change: remove(`usr/lib/modules/${RELEASE}/initramfs.img`),
    rules: ['error kernel'],
    message: /no initramfs for kernel/,
  },
  'a typing error in the policy': {
    files: { [POLICY]: '[verify]\nmode=none\ntreshold=2\n' },
    rules: ['error policy'],
    message: /setup-root\.conf: policy: line 3: unknown key "treshold"/,
  },
  'a policy that is a link that leads nowhere': {
    change: (tree) => {
      fs.mkdirSync(join(tree, 'etc/rootseal'));
      fs.symlinkSync('/nothing', join(tree, 'etc/rootseal/setup-root.conf'));
    },
    rules: ['error policy'],
    message: /\/etc\/rootseal\/setup-root\.conf is a link that leads nowhere/,
  },
  'a policy that is a directory': {
    files: { 'etc/rootseal/setup-root.conf/': '' },
    rules: ['error policy'],
    message: /is not a regular file/,
  },
  'a directory of the policy that is a file': {
    files: { 'etc/rootseal': '' },
    rules: ['error policy'],
    message: /\/etc\/rootseal is not a directory/,
  },
  'a directory of keys that is a link that leads nowhere': {
    change: (tree) => {
      fs.symlinkSync('/nothing', join(tree, 'usr/lib/rootseal/keys.d'));
    },
    rules: ['error keys'],
    message: /keys\.d is not a directory/,
  },
  'no key': {
    files: { [POLICY]: SEALED },
    rules: ['error no-keys'],
    message: /holds no key/,
  },
  'a key that cannot be read': {
    files: { [POLICY]: SEALED, 'usr/lib/rootseal/keys.d/a.pub': 'nonsense\n' },
    rules: ['error keys'],
    message: /a\.pub/,
  },
  'an identity that all machines would share, and a root that is mounted twice': {
    files: {
      'etc/machine-id': `${'a'.repeat(32)}\n`,
      'etc/fstab': '# x\nUUID=1 / ext4 defaults 0 1\n',
    },
    rules: ['warning machine-id', 'warning fstab-root'],
    message: /\/etc\/machine-id is set/,
  },
};

for (const [name, { files = {}, change, rules, message }] of Object.entries(CASES))
  test(`lint finds ${name}, in a directory and in its commit alike`, (t) => {
    const repository = TestRepository.make(t);
    const tree = bootableTree(repository, files);
    change?.(tree);
    const isBad = rules.some((rule) => rule.startsWith('error'));
    const report = repository.json(['lint', tree], isBad ? 3 : 0) as Report;
    assert.deepEqual(rulesOf(report), rules);
    assert.match(report.findings[0]?.message ?? '', message);
    assert.equal(report.ok, !isBad);
    const commit = commitTree(repository, tree);
    assert.deepEqual(repository.json(['lint', commit], isBad ? 3 : 0), report);
    assert.equal(repository.call(['lint', tree, '--fatal-warnings']).status, 3);
  });

test('lint says nothing of an image that starts, in words and as a document', (t) => {
  const repository = TestRepository.make(t);
  const { key, files } = makeKey(repository);
  const tree = bootableTree(repository, { ...files, [POLICY]: SEALED, 'etc/machine-id': '' });
  assert.equal(repository.expect(['lint', tree]), 'nothing is wrong with it');
  const commit = repository.expect(['commit', tree, '-b', 'main', '--name', 'mine', '--key', key]);
  assert.deepEqual(repository.json(['lint', commit, '--fatal-warnings']), {
    version: 1,
    ok: true,
    errorCount: 0,
    warningCount: 0,
    findings: [],
  });
});

test('lint has a line for each finding and counts them', (t) => {
  const repository = TestRepository.make(t);
  const tree = bootableTree(repository, { [POLICY]: SEALED, 'etc/machine-id': 'x\n' });
  fs.rmdirSync(join(tree, 'sysroot'));
  const said = expectStatus(repository.call(['lint', tree]), 3);
  const lines = said.split('\n');
  assert.match(lines[0] ?? '', /^error {4}mount-points {2}\/sysroot is missing;/);
  assert.match(lines[1] ?? '', /^error {4}no-keys {7}/);
  assert.match(lines[2] ?? '', /^warning {2}machine-id {4}/);
  assert.equal(lines[3], '2 errors, 1 warning');
  assert.equal(lines.length, 4);
  assert.equal(repository.call(['lint', 'nothing']).status, 10);
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
    const report = repository.json(['lint', commit], 3) as Report;
    assert.deepEqual(rulesOf(report), [`error ${rule}`]);
    const out = join(repository.scratch, 'disk.img');
    const refused = repository.call(['disk', 'build', commit, '--output', out]);
    assert.equal(refused.status, 12, refused.stderr);
    assert.match(refused.stderr, message);
    assert.match(refused.stderr, /hint: --force builds the disk anyway/);
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
