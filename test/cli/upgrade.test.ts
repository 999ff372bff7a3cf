/** `rootseal upgrade` and `switch` on a sysroot in a directory, from a repository in another. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { TestSysroot, type ReleaseOptions } from '../helpers/sysroot.js';
import { TestRepository } from '../helpers/repository.js';
import { errorDocument } from '../helpers/documents.js';

interface Site {
  /** The host. */
  readonly sysroot: TestSysroot;
  /** Publishes a release, as the key that images trust or as a stranger. */
  readonly publish: (version: string, options?: ReleaseOptions, stranger?: boolean) => string;
}

/** A publisher with two keys, and a host with nothing on it that knows where to look. */
function site(t: TestContext): Site {
  const sysroot = TestSysroot.make(t);
  const publisher = new TestSysroot(join(sysroot.scratch, 'publisher'));
  fs.mkdirSync(publisher.directory, { recursive: true });
  const source = join(publisher.directory, 'composefs');
  sysroot.repository.expect(['init', source]);
  const [own, stranger] = ['own', 'stranger'].map((name) => {
    const key = join(sysroot.scratch, `${name}.key`);
    sysroot.repository.expect(['key', 'generate', `${name}.example`, '--output', key]);
    return key;
  });
  assert.ok(own !== undefined && stranger !== undefined);
  const verifier = fs.readFileSync(`${own}.pub`, 'utf8');
  const publish: Site['publish'] = (version, options = {}, byStranger = false) =>
    publisher.release(version, {
      ...options,
      key: byStranger ? stranger : own,
      files: { 'usr/lib/rootseal/keys.d/own.pub': verifier, ...options.files },
    });
  sysroot.repository.expect(['remote', 'add', 'origin', `file://${source}`]);
  return { sysroot, publish };
}

/** A host that runs release 1 and found it good. */
function installed(t: TestContext): Site {
  const made = site(t);
  made.publish('1');
  made.sysroot.expect(['switch', 'origin/main', '--stage']);
  made.sysroot.expect(['finalize-staged']);
  made.sysroot.expect(['bless', 'default']);
  return made;
}

test('switch brings the first system, and upgrade the next one', (t) => {
  const { sysroot, publish } = installed(t);
  const second = publish('2', { kernel: 'newer' });
  assert.match(sysroot.expect(['upgrade', '--check']), /^os 2: \d+ objects, .* to fetch$/);
  assert.equal(sysroot.role('staged'), undefined);
  assert.equal(sysroot.status().lastCheck?.commit, second);
  const said = sysroot.expect(['upgrade', '--stage']);
  assert.match(said, /^os 2: fetched \d+ objects/);
  assert.match(said, /becomes the default at shutdown$/);
  sysroot.expect(['finalize-staged']);
  assert.equal(sysroot.role('default'), '2');
  assert.deepEqual(sysroot.status().deployments[0]?.keys, ['own.example']);
  assert.deepEqual(sysroot.status().problems, []);
});

/** A database of dpkg with these packages, `NAME VERSION`. */
function dpkg(...packages: readonly string[]): Record<string, string> {
  const paragraphs = packages.map((text) => {
    const [name = '', version = ''] = text.split(' ');
    const status = 'Status: install ok installed\nArchitecture: amd64\n';
    return `Package: ${name}\n${status}Version: ${version}\n`;
  });
  return { 'usr/lib/sysimage/dpkg/status': paragraphs.join('\n') };
}

test('what an upgrade changes in packages is told before it is fetched, when it is staged, and by status ever after', (t) => {
  const { sysroot, publish } = site(t);
  const first = publish('1', { files: dpkg('a 1', 'b 1', 'c 1') });
  sysroot.expect(['switch', 'origin/main', '--stage']);
  sysroot.expect(['finalize-staged']);
  sysroot.expect(['bless', 'default']);
  const second = publish('2', { files: dpkg('a 2', 'b 2', 'c 1', 'd 1') });
  const counts = { upgraded: 2, downgraded: 0, changed: 0, added: 1, removed: 0 };
  assert.match(
    sysroot.expect(['upgrade', '--check']),
    /^os 2: \d+ objects, .* to fetch\n2 packages upgraded, 1 new$/,
  );
  // Only the database came.
  assert.equal(sysroot.repository.call(['show', second]).status, 10);
  const checked = JSON.parse(sysroot.expect(['upgrade', '--check', '--json'])) as object;
  assert.deepEqual((checked as { packageCounts: unknown }).packageCounts, {
    sinceId: first,
    ...{ upgradedCount: 2, downgradedCount: 0, changedCount: 0, addedCount: 1, removedCount: 0 },
  });
  assert.match(sysroot.expect(['upgrade', '--stage']), /^2 packages upgraded, 1 new$/m);
  const [staged, running] = sysroot.status().deployments;
  assert.deepEqual(staged?.packages, { since: first, ...counts });
  assert.equal(running?.packages, null);
  assert.match(sysroot.expect(['status']), /^ {4}2 packages upgraded, 1 new$/m);
  sysroot.expect(['finalize-staged']);
  // Against what is the default now, the one before is the way back.
  assert.match(sysroot.expect(['status']), /^ {4}2 packages downgraded, 1 removed$/m);
});

test('a release whose package database is damaged is upgraded to all the same', (t) => {
  const { sysroot, publish } = installed(t);
  publish('2', { files: { 'var/lib/dpkg/status': 'Package: \u001b[2J\n' } });
  assert.match(sysroot.expect(['upgrade', '--check']), /^os 2: \d+ objects, [^\n]* to fetch$/);
  const { packageCounts } = JSON.parse(sysroot.expect(['upgrade', '--stage', '--json'])) as {
    packageCounts: unknown;
  };
  assert.equal(packageCounts, null);
  assert.equal(sysroot.status().deployments[0]?.packages, null);
});

test('being up to date is one plain line and exit status 77, and no error; the origin was asked', (t) => {
  const { sysroot, publish } = installed(t);
  const asked = sysroot.status().lastCheck?.time ?? '';
  fs.rmSync(sysroot.file('state/last-check.json'));
  for (const args of [
    ['upgrade', '--stage'],
    ['upgrade', '--check'],
    ['upgrade', '--download-only'],
  ]) {
    const { status, stdout, stderr } = sysroot.call(args);
    assert.equal(status, 77);
    assert.equal(stdout, 'up to date: os 1 is the default\n');
    assert.equal(stderr, '');
  }
  const check = sysroot.status().lastCheck;
  assert.equal(check?.release, '1');
  assert.ok(check.time >= asked);
  publish('2');
  sysroot.expect(['upgrade', '--stage']);
  assert.equal(
    sysroot.expect(['upgrade', '--stage'], 77),
    'up to date: os 2 is staged, and becomes the default at shutdown',
  );
  const document = JSON.parse(sysroot.expect(['upgrade', '--stage', '--json'], 77)) as {
    result: string;
  };
  assert.equal(document.result, 'up-to-date');
});

test('a switch to another origin of the same release says that upgrades still come from the old one', (t) => {
  const { sysroot } = installed(t);
  sysroot.repository.expect(['branch', 'set', 'other', 'origin/main']);
  sysroot.repository.expect(['remote', 'add', 'here', sysroot.repository.path]);
  const { status, stderr } = sysroot.call(['switch', 'here/other', '--stage']);
  assert.equal(status, 77);
  assert.match(stderr, /^its upgrades still come from origin\/main$/m);
});

test('kernel arguments of a staged downgrade can be changed', (t) => {
  const { sysroot, publish } = installed(t);
  publish('0', { sequence: 1, name: 'other' });
  publish('0', { sequence: 2 });
  sysroot.expect(['upgrade', '--stage', '--allow-downgrade']);
  sysroot.expect(['kargs', '--karg-append', 'debug', '--stage']);
  assert.equal(sysroot.role('staged'), '0');
  const staged = sysroot.status().deployments.find(({ roles }) => roles.includes('staged'));
  assert.ok(staged?.arguments.some(({ value }) => value === 'debug'));
});

test('a command that is hinted at acts on the sysroot that the failed one was about', (t) => {
  const sysroot = TestSysroot.make(t);
  sysroot.expect(['deploy', sysroot.release('1')]);
  const at = `--sysroot ${sysroot.directory}`;
  const { stderr } = sysroot.call(['upgrade', '--stage']);
  assert.ok(
    stderr.endsWith(
      `hint: \`rootseal remote add NAME URL ${at}\`, then \`rootseal switch NAME/BRANCH ${at}\`\n`,
    ),
    stderr,
  );
  sysroot.expect(['remote', 'add', 'site', '/nowhere']);
  assert.equal(sysroot.expect(['remote', 'list']), 'site  /nowhere');
  const key = join(sysroot.scratch, 'own.key');
  sysroot.repository.expect(['key', 'generate', 'own.example', '--output', key]);
  const files = {
    'usr/lib/rootseal/keys.d/own.pub': fs.readFileSync(`${key}.pub`, 'utf8'),
    'usr/lib/rootseal/setup-root.conf': '[verify]\nmode=seal\n',
  };
  const unsealed = sysroot.call(['deploy', sysroot.release('2', { files })]);
  assert.equal(unsealed.status, 12);
  const repo = `--repo ${sysroot.repository.path}`;
  assert.ok(unsealed.stderr.endsWith(`seal REV --key FILE ${repo}\`\n`), unsealed.stderr);
});

test('remote, pull, gc and fsck find the repository of a sysroot by --sysroot, and not together with --repo', (t) => {
  const { sysroot, publish } = site(t);
  const id = publish('1');
  const keys = join(sysroot.scratch, 'keys');
  fs.mkdirSync(keys);
  fs.copyFileSync(join(sysroot.scratch, 'own.key.pub'), join(keys, 'own.pub'));
  const { remotes } = sysroot.repository.json(['remote', 'list']) as { remotes: { url: string }[] };
  const { url } = remotes[0]!;
  sysroot.expect(['remote', 'remove', 'origin']);
  sysroot.expect(['remote', 'add', 'origin', url, '--keys', keys]);
  assert.match(sysroot.expect(['pull', 'origin', 'main']), new RegExp(`^${id}$`));
  assert.match(sysroot.expect(['fsck']), /: ok$/);
  assert.match(sysroot.expect(['gc', '--dry-run']), /^would remove 0 commits/);
  sysroot.expect(['remote', 'remove', 'origin']);
  assert.equal(sysroot.expect(['remote', 'list']), '');
  const both = sysroot.call(['gc', '--repo', sysroot.repository.path]);
  assert.equal(both.status, 2);
  assert.match(both.stderr, /--repo and --sysroot exclude each other/);
});

test('what was fetched can be staged later, without the origin', (t) => {
  const { sysroot, publish } = installed(t);
  publish('2');
  sysroot.expect(['upgrade', '--download-only']);
  assert.equal(sysroot.role('staged'), undefined);
  fs.renameSync(join(sysroot.scratch, 'publisher'), join(sysroot.scratch, 'gone'));
  sysroot.expect(['upgrade', '--stage'], 10);
  sysroot.expect(['upgrade', '--stage', '--from-downloaded']);
  assert.equal(sysroot.role('staged'), '2');
});

/** Runs an upgrade that must be refused, and compares all that it could have changed. */
function refused(sysroot: TestSysroot, status: number, message: RegExp): void {
  const state = () => [
    fs.readFileSync(sysroot.file('state/deployments.json'), 'utf8'),
    fs.readdirSync(sysroot.file('state/deploy')),
    sysroot.entries(),
    sysroot.kernels(),
    sysroot.repository.expect(['rev-parse', 'origin/main']),
  ];
  const before = state();
  const result = sysroot.call(['upgrade', '--stage']);
  assert.equal(result.status, status, result.stderr);
  assert.match(result.stderr, message);
  assert.deepEqual(state(), before, 'nothing changed');
}

test('a release that a stranger sealed is refused, and nothing changes', (t) => {
  const { sysroot, publish } = installed(t);
  publish('2', {}, true);
  refused(sysroot, 12, /seal of commit [0-9a-f]{64} is refused/);
});

test('a release that is older than what the host has is refused, and nothing changes', (t) => {
  const { sysroot, publish } = installed(t);
  publish('0', { sequence: 1, name: 'other' });
  publish('0', { sequence: 1 + 1, name: 'os' });
  refused(sysroot, 12, /is too old/);
  sysroot.expect(['upgrade', '--stage', '--allow-downgrade']);
  assert.equal(sysroot.role('staged'), '0');
});

test('a release of another system is refused by upgrade, and taken by switch', (t) => {
  const { sysroot, publish } = installed(t);
  publish('2', { name: 'other' });
  refused(sysroot, 12, /the origin has other, and this host is os/);
  sysroot.expect(['switch', 'origin/main', '--stage']);
  assert.equal(sysroot.role('staged'), '2');
});

test('what is staged and would be refused at shutdown is not called up to date', (t) => {
  const { sysroot, publish } = installed(t);
  const second = publish('2');
  sysroot.expect(['upgrade', '--stage']);
  sysroot.expect(['upgrade', '--check'], 77);
  // As if its key had been revoked since.
  fs.rmSync(sysroot.file(`composefs/seals/${second}`));
  sysroot.repository.expect(['seal', second, '--key', join(sysroot.scratch, 'stranger.key')]);
  const { status, stderr } = sysroot.call(['upgrade', '--check']);
  assert.equal(status, 12);
  assert.match(stderr, /^error: this host refuses the seal .* signed by stranger\.example/);
});

test('an image that would refuse itself at boot is not staged', (t) => {
  const { sysroot, publish } = installed(t);
  const files = { 'usr/lib/rootseal/setup-root.conf': '[verify]\nthreshold=2\n' };
  publish('2', { files });
  for (const when of ['--check', '--stage']) {
    const result = sysroot.call(['upgrade', when]);
    assert.equal(result.status, 12, result.stderr);
    assert.match(result.stderr, /the image itself, at its boot, refuses the seal/);
  }
  assert.equal(sysroot.role('staged'), undefined);
});

test('an image that failed is not staged again, unless it is wished', (t) => {
  const { sysroot, publish } = installed(t);
  publish('2');
  sysroot.expect(['upgrade', '--stage']);
  sysroot.expect(['finalize-staged']);
  const entries = sysroot.file('boot/loader/entries');
  fs.renameSync(join(entries, 'rootseal-os-2+3.conf'), join(entries, 'rootseal-os-2+0-3.conf'));
  sysroot.expect(['boot-complete']);
  assert.equal(sysroot.role('default'), '1');
  const { status, stdout, stderr } = sysroot.call(['upgrade', '--stage', '--json']);
  assert.equal(status, 18, 'which is not that there is nothing to do');
  assert.equal(stdout, '');
  const error = errorDocument(stderr);
  assert.equal(error.code, 'FAILED_HERE');
  assert.match(error.message, /^os 2 failed here before: it did not finish booting/);
  assert.equal(error.hint, '--retry takes it again');
  sysroot.expect(['upgrade', '--check'], 18);
  sysroot.expect(['switch', 'origin/main', '--stage'], 18);
  sysroot.expect(['upgrade', '--stage', '--retry']);
  assert.equal(sysroot.role('staged'), '2');
  sysroot.expect(['rollback'], 1);
});

test('upgrade says what is missing when it knows no origin, no remote and no branch', (t) => {
  const sysroot = TestSysroot.make(t);
  sysroot.expect(['deploy', sysroot.release('1')]);
  assert.match(sysroot.call(['upgrade', '--stage']).stderr, /this host has no origin/);
  sysroot.expect(['switch', 'nowhere/main', '--stage'], 10);
  sysroot.expect(['switch', 'nonsense', '--stage'], 2);
  const { sysroot: other } = site(t);
  other.expect(['switch', 'origin/absent', '--stage'], 10);
});

test('gc keeps what deployments need, also without a branch that reaches it', (t) => {
  const { sysroot, publish } = installed(t);
  publish('2');
  sysroot.expect(['upgrade', '--stage']);
  fs.rmSync(sysroot.repository.file('refs/remotes/origin'), { recursive: true });
  sysroot.repository.expect(['gc']);
  sysroot.expect(['finalize-staged']);
  const copy = new TestRepository(sysroot.scratch, sysroot.repository.path);
  assert.equal(copy.call(['fsck']).status, 0);
  fs.writeFileSync(sysroot.file('state/deployments.json'), 'damaged');
  const result = sysroot.repository.call(['gc']);
  assert.equal(result.status, 17, 'what deployments need is not known');
});
