/** `rootseal upgrade` and `switch` on a sysroot in a directory, from a repository in another. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { TestSysroot, type ReleaseOptions } from '../helpers/sysroot.js';
import { TestRepository } from '../helpers/repository.js';

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
    sysroot.repository.expect(['key', 'generate', `${name}.example`, '--out', key]);
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
  made.sysroot.expect(['switch', 'origin/main']);
  made.sysroot.expect(['finalize-staged']);
  made.sysroot.expect(['bless', 'default']);
  return made;
}

test('switch brings the first system, and upgrade the next one', (t) => {
  const { sysroot, publish } = installed(t);
  assert.match(sysroot.call(['upgrade']).stderr, /os 1 is deployed already/);
  sysroot.expect(['upgrade'], 77);
  const second = publish('2', { kernel: 'newer' });
  assert.match(sysroot.expect(['upgrade', '--check']), /^os 2: \d+ objects, .* to fetch$/);
  assert.equal(sysroot.role('staged'), undefined);
  assert.equal(sysroot.status().lastCheck?.commit, second);
  const said = sysroot.expect(['upgrade']);
  assert.match(said, /^os 2: fetched \d+ objects/);
  assert.match(said, /becomes the default at shutdown$/);
  sysroot.expect(['finalize-staged']);
  assert.equal(sysroot.role('default'), '2');
  assert.deepEqual(sysroot.status().deployments[0]?.keys, ['own.example']);
  assert.deepEqual(sysroot.status().problems, []);
});

test('what was fetched can be staged later, without the origin', (t) => {
  const { sysroot, publish } = installed(t);
  publish('2');
  sysroot.expect(['upgrade', '--download-only']);
  assert.equal(sysroot.role('staged'), undefined);
  fs.renameSync(join(sysroot.scratch, 'publisher'), join(sysroot.scratch, 'gone'));
  sysroot.expect(['upgrade'], 10);
  sysroot.expect(['upgrade', '--from-downloaded']);
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
  const result = sysroot.call(['upgrade']);
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
  refused(sysroot, 12, /is older than what this host has/);
  sysroot.expect(['upgrade', '--allow-downgrade']);
  assert.equal(sysroot.role('staged'), '0');
});

test('a release of another system is refused by upgrade, and taken by switch', (t) => {
  const { sysroot, publish } = installed(t);
  publish('2', { name: 'other' });
  refused(sysroot, 12, /the origin has other, and this host is os/);
  sysroot.expect(['switch', 'origin/main']);
  assert.equal(sysroot.role('staged'), '2');
});

test('an image that would refuse itself at boot is not staged', (t) => {
  const { sysroot, publish } = installed(t);
  const files = { 'usr/lib/rootseal/setup-root.conf': '[verify]\nthreshold=2\n' };
  publish('2', { files });
  const result = sysroot.call(['upgrade']);
  assert.equal(result.status, 12, result.stderr);
  assert.match(result.stderr, /the image itself, at its boot, refuses the seal/);
  assert.equal(sysroot.role('staged'), undefined);
});

test('an image that failed is not staged again, unless it is wished', (t) => {
  const { sysroot, publish } = installed(t);
  publish('2');
  sysroot.expect(['upgrade']);
  sysroot.expect(['finalize-staged']);
  const entries = sysroot.file('boot/loader/entries');
  fs.renameSync(join(entries, 'rootseal-os-2+3.conf'), join(entries, 'rootseal-os-2+0-3.conf'));
  sysroot.expect(['boot-complete']);
  assert.equal(sysroot.role('default'), '1');
  assert.match(sysroot.call(['upgrade']).stderr, /os 2 was tried on this host and failed/);
  sysroot.expect(['upgrade'], 77);
  sysroot.expect(['upgrade', '--retry']);
  assert.equal(sysroot.role('staged'), '2');
  sysroot.expect(['rollback'], 1);
});

test('upgrade says what is missing when it knows no origin, no remote and no branch', (t) => {
  const sysroot = TestSysroot.make(t);
  sysroot.expect(['deploy', sysroot.release('1')]);
  assert.match(sysroot.call(['upgrade']).stderr, /this host has no origin/);
  sysroot.expect(['switch', 'nowhere/main'], 10);
  sysroot.expect(['switch', 'nonsense'], 2);
  const { sysroot: other } = site(t);
  other.expect(['switch', 'origin/absent'], 10);
});

test('gc keeps what deployments need, also without a branch that reaches it', (t) => {
  const { sysroot, publish } = installed(t);
  publish('2');
  sysroot.expect(['upgrade']);
  fs.rmSync(sysroot.repository.file('refs/remotes/origin'), { recursive: true });
  sysroot.repository.expect(['gc']);
  sysroot.expect(['finalize-staged']);
  const copy = new TestRepository(sysroot.scratch, sysroot.repository.path);
  assert.equal(copy.call(['fsck']).status, 0);
  fs.writeFileSync(sysroot.file('state/deployments.json'), 'damaged');
  const result = sysroot.repository.call(['gc']);
  assert.equal(result.status, 17, 'what deployments need is not known');
});
