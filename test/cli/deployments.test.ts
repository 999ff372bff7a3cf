/** The verbs of a host on a sysroot in a directory. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { TestSysroot } from '../helpers/sysroot.js';

/** Two releases; the first is deployed and good. */
function twoReleases(t: TestContext): { sysroot: TestSysroot; first: string; second: string } {
  const sysroot = TestSysroot.make(t);
  const first = sysroot.release('1');
  sysroot.expect(['deploy', first]);
  sysroot.expect(['bless', 'default']);
  const second = sysroot.release('2');
  return { sysroot, first, second };
}

test('the first deployment has a boot entry, a kernel, /etc and /var', (t) => {
  const sysroot = TestSysroot.make(t);
  const said = sysroot.expect(['deploy', sysroot.release('1')]);
  assert.match(said, /^os 1 \([0-9a-f]{12}\) is the default from the next boot on$/);
  assert.deepEqual(sysroot.entries(), ['rootseal-os-1+3.conf']);
  const entry = fs.readFileSync(sysroot.file('boot/loader/entries/rootseal-os-1+3.conf'), 'utf8');
  const { deployments } = sysroot.status();
  const [deployment] = deployments;
  assert.ok(deployment);
  assert.match(entry, /^title Test system \(1\)\nversion 1\nsort-key rootseal\n/);
  assert.match(entry, new RegExp(`^options composefs.digest=${deployment.image}$`, 'm'));
  assert.deepEqual(sysroot.kernels(), [deployment.kernel.hash]);
  assert.equal(fs.readFileSync(sysroot.state('default', 'etc/hostname'), 'utf8'), 'test\n');
  assert.equal(fs.readlinkSync(sysroot.state('default', 'var')), '../../os/os/var');
  assert.ok(fs.existsSync(sysroot.file('state/os/os/var/lib')));
});

test('what is staged has no boot entry until it is finalized', (t) => {
  const { sysroot, second } = twoReleases(t);
  sysroot.expect(['deploy', second, '--stage']);
  assert.deepEqual(sysroot.entries(), ['rootseal-os-1.conf']);
  assert.equal(sysroot.role('staged'), '2');
  sysroot.expect(['finalize-staged']);
  assert.equal(sysroot.role('default'), '2');
  assert.equal(sysroot.role('staged'), undefined);
  assert.equal(sysroot.role('rollback'), '1');
  assert.deepEqual(sysroot.entries(), ['rootseal-os-1.conf', 'rootseal-os-2+3.conf']);
  assert.equal(sysroot.expect(['finalize-staged'], 77), '');
});

test('rollback changes what the boot loader takes, and twice leads back', (t) => {
  const { sysroot, second } = twoReleases(t);
  sysroot.expect(['deploy', second]);
  sysroot.expect(['bless', 'default']);
  const next = () => sysroot.status().loader.entry;
  assert.equal(next(), 'rootseal-os-2.conf');
  sysroot.expect(['rollback']);
  assert.equal(sysroot.role('default'), '1');
  assert.equal(next(), 'rootseal-os-3.conf');
  assert.deepEqual(sysroot.entries(), ['rootseal-os-2.conf', 'rootseal-os-3.conf']);
  sysroot.expect(['rollback']);
  assert.equal(sysroot.role('default'), '2');
  assert.equal(sysroot.role('rollback'), '1');
  assert.deepEqual(sysroot.status().problems, []);
});

test('a deployment whose tries are used up is marked bad, and its image is not deployed again by itself', (t) => {
  const { sysroot, second } = twoReleases(t);
  sysroot.expect(['deploy', second]);
  const entries = sysroot.file('boot/loader/entries');
  fs.renameSync(join(entries, 'rootseal-os-2+3.conf'), join(entries, 'rootseal-os-2+0-3.conf'));
  assert.equal(sysroot.status().loader.entry, 'rootseal-os-1.conf', 'the boot loader falls back');
  sysroot.expect(['boot-complete']);
  const bad = sysroot.status().deployments.find(({ release }) => release === '2');
  assert.equal(bad?.boots, 'bad');
  assert.match(bad.failure?.reason ?? '', /did not finish booting/);
  assert.equal(sysroot.role('default'), '1');
  assert.match(
    sysroot.call(['deploy', second]).stderr,
    /os 2 failed here before: it did not finish/,
  );
  sysroot.expect(['deploy', second], 18);
  sysroot.expect(['deploy', second, '--retry']);
  assert.equal(sysroot.role('default'), '2');
  assert.deepEqual(sysroot.status().problems, []);
});

test('an older release of one name is refused also after another name was deployed', (t) => {
  const sysroot = TestSysroot.make(t);
  const old = sysroot.release('1', { sequence: 1000 });
  const other = sysroot.release('2', { sequence: 1500, name: 'other' });
  const between = sysroot.release('3', { sequence: 1600 });
  for (const release of [old, sysroot.release('4', { sequence: 2000 })]) {
    sysroot.expect(['deploy', release]);
    sysroot.expect(['bless', 'default']);
  }
  sysroot.expect(['deploy', between], 12);
  sysroot.expect(['deploy', other]);
  assert.match(sysroot.call(['deploy', between]).stderr, /this host requires 2000 or higher/);
  sysroot.expect(['deploy', between], 12);
  sysroot.expect(['deploy', between, '--allow-downgrade']);
});

test('ids as status prints them are accepted, and without a number the deployment without one is meant', (t) => {
  const { sysroot } = twoReleases(t);
  sysroot.expect(['kargs', '--karg-append', 'debug', '--now']);
  const [numbered, plain] = sysroot.status().deployments;
  assert.ok(numbered && plain);
  const [, shown = '', other = ''] =
    / ([0-9a-f]{12}\.1) {2}[^]* ([0-9a-f]{12}) {2}/.exec(sysroot.expect(['status'])) ?? [];
  assert.equal(shown, `${plain.id.slice(0, 12)}.1`);
  assert.equal(other, plain.id.slice(0, 12));
  const pinned = () => sysroot.status().deployments.flatMap((one) => (one.pinned ? [one.id] : []));
  sysroot.expect(['pin', shown]);
  assert.deepEqual(pinned(), [numbered.id]);
  sysroot.expect(['unpin', shown]);
  sysroot.expect(['pin', other]);
  assert.deepEqual(pinned(), [plain.id]);
  sysroot.expect(['pin', `${other}.2`], 10);
  sysroot.expect(['pin', `${other}.`], 10);
});

test('what is staged cannot be pinned', (t) => {
  const { sysroot, second } = twoReleases(t);
  sysroot.expect(['deploy', second, '--stage']);
  const { status, stderr } = sysroot.call(['pin', 'staged']);
  assert.equal(status, 1);
  assert.match(stderr, /is staged, and cannot be pinned yet\nhint: pin it when it is the default/);
  sysroot.expect(['finalize-staged']);
  sysroot.expect(['pin', 'default']);
});

test('an older release is refused, and taken with --allow-downgrade', (t) => {
  const { sysroot, first } = twoReleases(t);
  const old = sysroot.release('0', { sequence: 5, name: 'other' });
  assert.equal(sysroot.status().floor > 5, true);
  assert.match(sysroot.call(['deploy', old]).stderr, /is too old/);
  sysroot.expect(['deploy', old], 12);
  assert.equal(sysroot.role('default'), '1', first);
  sysroot.expect(['deploy', old, '--allow-downgrade']);
  assert.equal(fs.readFileSync(sysroot.file('state/sequence-floor'), 'utf8'), '5\n');
});

test('the sequence floor rises when a boot is blessed, to the oldest release that is kept', (t) => {
  const { sysroot, second } = twoReleases(t);
  const floor = () => Number(fs.readFileSync(sysroot.file('state/sequence-floor'), 'utf8'));
  const [one] = sysroot.status().deployments;
  assert.equal(floor(), one?.sequence);
  sysroot.expect(['deploy', second]);
  sysroot.expect(['bless', 'default']);
  assert.equal(floor(), one?.sequence, 'one can still roll back');
  sysroot.expect(['deploy', sysroot.release('3')]);
  sysroot.expect(['bless', 'default']);
  assert.equal(sysroot.role('rollback'), '2');
  assert.equal(
    floor(),
    sysroot.status().deployments.find(({ release }) => release === '2')?.sequence,
  );
});

test('pinned deployments stay, others that nothing needs go', (t) => {
  const { sysroot, second } = twoReleases(t);
  sysroot.expect(['deploy', second]);
  sysroot.expect(['bless', 'default']);
  sysroot.expect(['pin', '#1']);
  for (const version of ['3', '4']) {
    sysroot.expect(['deploy', sysroot.release(version)]);
    sysroot.expect(['bless', 'default']);
  }
  const releases = () => sysroot.status().deployments.map(({ release }) => release);
  assert.deepEqual(releases(), ['4', '3', '1']);
  sysroot.expect(['undeploy', '#1'], 1);
  sysroot.expect(['unpin', '#1']);
  sysroot.expect(['undeploy', '#1']);
  assert.deepEqual(releases(), ['4', '3']);
  assert.equal(fs.readdirSync(sysroot.file('state/deploy')).length, 2);
  assert.equal(sysroot.entries().length, 2);
});

test('deployments with the same kernel share it', (t) => {
  const { sysroot, second } = twoReleases(t);
  sysroot.expect(['deploy', second]);
  assert.equal(sysroot.kernels().length, 1);
  sysroot.expect(['deploy', sysroot.release('3', { kernel: 'newer' })]);
  assert.equal(sysroot.kernels().length, 2);
});

test('kernel arguments come from image, machine and verb, and can be taken away', (t) => {
  const sysroot = TestSysroot.make(t);
  const files = {
    'usr/lib/rootseal/kargs.d/10-panic.toml': 'kargs = ["panic=10", "quiet"]\n',
    'usr/lib/bootc/kargs.d/20-bootc.toml':
      'kargs = ["nosmt"]\nmatch-architectures = ["x86_64"]\nother = 1\n',
    'usr/lib/bootc/kargs.d/30-arm.toml': 'kargs = ["arm"]\nmatch-architectures = ["aarch64"]\n',
    'etc/rootseal/kargs.d/50-site.toml': 'kargs = ["console=ttyS0"]\ndelete = ["quiet"]\n',
  };
  sysroot.expect(['deploy', sysroot.release('1', { files }), '--karg-append', 'loglevel=3']);
  const line = () =>
    sysroot
      .status()
      .deployments.find(({ roles }) => roles.includes('staged') || roles.includes('default'))
      ?.arguments.map(({ value, from }) => `${value} ${from}`)
      .slice(1);
  assert.deepEqual(line(), [
    'panic=10 image:/usr/lib/rootseal/kargs.d/10-panic.toml',
    'quiet image:/usr/lib/rootseal/kargs.d/10-panic.toml',
    'nosmt image:/usr/lib/bootc/kargs.d/20-bootc.toml',
    'loglevel=3 verb',
  ]);
  sysroot.expect(['kargs', '--karg-append', 'debug', '--karg-delete', 'loglevel', '--now']);
  const hex = sysroot.status().deployments[0]?.id ?? '';
  assert.match(hex, /^[0-9a-f]{64}\.1$/);
  assert.deepEqual(line(), [
    `rootseal.state=${hex} rootseal`,
    'panic=10 image:/usr/lib/rootseal/kargs.d/10-panic.toml',
    'nosmt image:/usr/lib/bootc/kargs.d/20-bootc.toml',
    'console=ttyS0 machine:/etc/rootseal/kargs.d/50-site.toml',
    'debug verb',
  ]);
  assert.match(
    sysroot.call(['kargs', '--karg-delete', 'absent', '--stage']).stderr,
    /no kernel argument absent/,
  );
  sysroot.expect(['kargs', '--karg-append', 'root=/dev/sda', '--stage'], 2);
  assert.match(sysroot.expect(['kargs']), /^debug +verb$/m);
});

test('a deleted boot entry and a damaged kernel are told by status, and repaired', (t) => {
  const { sysroot, second } = twoReleases(t);
  sysroot.expect(['deploy', second]);
  assert.equal(sysroot.expect(['repair']), 'nothing to repair');
  const [hash = ''] = sysroot.kernels();
  fs.rmSync(sysroot.file('boot/loader/entries/rootseal-os-2+3.conf'));
  fs.appendFileSync(sysroot.file(`boot/rootseal/${hash}/vmlinuz`), 'x');
  assert.match(sysroot.status().problems.join('\n'), /rootseal-os-2\+3\.conf is missing/);
  sysroot.expect(['status', '--check'], 3);
  assert.equal(sysroot.status().loader.entry, 'rootseal-os-1.conf');
  sysroot.expect(['repair']);
  assert.deepEqual(sysroot.status().problems, []);
  assert.equal(sysroot.status().loader.entry, 'rootseal-os-2.conf');
  sysroot.expect(['status', '--check']);
});

test('a record that is lost or damaged is made again, with /etc as it was', (t) => {
  const { sysroot, second } = twoReleases(t);
  sysroot.expect(['deploy', second]);
  sysroot.expect(['pin', 'rollback']);
  fs.writeFileSync(sysroot.state('default', 'etc/mine'), 'mine\n');
  const before = sysroot.status();
  for (const damage of [
    () => {
      fs.rmSync(sysroot.file('state/deployments.json'));
    },
    () => {
      fs.writeFileSync(sysroot.file('state/deployments.json'), '{"version":1}');
    },
  ]) {
    damage();
    const status = sysroot.status();
    assert.match(status.problems.join('\n'), /record of deployments cannot be read/);
    assert.equal(status.deployments.length, 2, 'status shows what is there');
    sysroot.expect(['rollback'], 17);
    assert.match(sysroot.expect(['repair']), /record was rebuilt/);
    const after = sysroot.status();
    assert.deepEqual(after.deployments, before.deployments);
    assert.deepEqual(after.roles, before.roles);
    assert.deepEqual(after.problems, []);
    assert.equal(fs.readFileSync(sysroot.state('default', 'etc/mine'), 'utf8'), 'mine\n');
  }
});

test('what must not go cannot be undeployed', (t) => {
  const { sysroot, second } = twoReleases(t);
  assert.match(sysroot.call(['undeploy', 'default']).stderr, /it is the default/);
  sysroot.expect(['deploy', second]);
  assert.match(sysroot.call(['undeploy', 'rollback']).stderr, /no other one is known to be good/);
  sysroot.expect(['undeploy', 'nonsense'], 10);
  sysroot.expect(['undeploy', 'staged'], 10);
});

test('a rule for /etc that is malformed is said when a deployment is staged, and not at shutdown', (t) => {
  const { sysroot, second } = twoReleases(t);
  const rules = sysroot.state('default', 'etc/rootseal/etc.d');
  fs.mkdirSync(rules, { recursive: true });
  fs.writeFileSync(join(rules, '10-site.conf'), 'nonsense\n');
  const result = sysroot.call(['deploy', second, '--stage']);
  assert.equal(result.status, 17);
  assert.match(result.stderr, /10-site\.conf/);
  assert.equal(sysroot.role('staged'), undefined);
});

test('a shutdown that cannot merge /etc leaves the old default and a stamp, and the next boot says so once', (t) => {
  const { sysroot, second } = twoReleases(t);
  sysroot.expect(['deploy', second, '--stage']);
  const rules = sysroot.state('default', 'etc/rootseal/etc.d');
  fs.mkdirSync(rules, { recursive: true });
  fs.writeFileSync(join(rules, '10-site.conf'), 'nonsense\n');
  sysroot.expect(['finalize-staged'], 17);
  assert.equal(sysroot.role('default'), '1');
  assert.equal(sysroot.role('staged'), '2');
  assert.match(sysroot.status().finalizeFailure?.error ?? '', /10-site\.conf/);
  const told = sysroot.call(['boot-complete']);
  assert.equal(told.status, 1);
  assert.match(told.stderr, /the staged deployment 2 did not become the default: .*10-site\.conf/);
  sysroot.expect(['boot-complete']);
  fs.rmSync(rules, { recursive: true });
  sysroot.expect(['finalize-staged']);
  assert.equal(sysroot.role('default'), '2');
  assert.equal(sysroot.status().finalizeFailure, null);
});
