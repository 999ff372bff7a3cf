/** Deployments that start from a unified kernel image, on hosts that have only such, and on hosts that have both kinds. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Sysroot } from '../../src/deploy/host/sysroot.js';
import { withSession } from '../../src/deploy/record/with-session.js';
import type { StatusDeployment } from '../../src/deploy/status/status-report.js';
import type { Deployment } from '../../src/formats/deployment/deployment.js';
import { parseRecord, printRecord } from '../../src/formats/deployment/record.js';
import { deploy } from '../../src/deploy/verbs/deploy.js';
import { listObjects } from '../../src/repo/objects.js';
import { identifyUki } from '../../src/formats/deployment/kernel-files.js';
import { parseBootEntry } from '../../src/formats/boot-loader/parse-entry.js';
import { printPem } from '../../src/formats/pem.js';
import { noProgress } from '../../src/util/progress.js';
import { RELEASE } from '../helpers/disk.js';
import { makeStub } from '../helpers/pe-file.js';
import { makeTestKey, newSigner } from '../helpers/secure-boot-keys.js';
import { TestSysroot, type ReleaseOptions } from '../helpers/sysroot.js';

const UKI: ReleaseOptions = { uki: true, kernel: 'one' };

/** A host that a unified kernel image was found good on. */
function unified(t: TestContext): { sysroot: TestSysroot; first: string } {
  const sysroot = TestSysroot.make(t);
  const first = sysroot.release('1', UKI);
  sysroot.expect(['deploy', first, '--uki']);
  sysroot.expect(['bless', 'default']);
  return { sysroot, first };
}

function standard(sysroot: TestSysroot): StatusDeployment {
  const { deployments } = sysroot.status();
  return deployments.find(({ roles }) => roles.includes('default')) ?? assert.fail();
}

function ukiOf(sysroot: TestSysroot, commit: string): string {
  return `${sysroot.repository.path}/ukis/${commit}`;
}

/** What the boot entries start, the oldest first. */
function programs(sysroot: TestSysroot): (string | undefined)[] {
  return sysroot.entries().map((file) => {
    const bytes = fs.readFileSync(sysroot.file(`boot/loader/entries/${file}`));
    return parseBootEntry(bytes).program?.replace(/\/[0-9a-f]{32}\//, '/HASH/');
  });
}

const [KERNEL, UNIFIED] = ['/rootseal/HASH/vmlinuz', '/rootseal/HASH/uki.efi'];

/** A verb that is refused, and changes nothing. */
function refused(
  sysroot: TestSysroot,
  words: readonly string[],
  status: number,
  message: RegExp,
): void {
  const before = [sysroot.status(), sysroot.entries(), sysroot.kernels()];
  const result = sysroot.call(words);
  assert.equal(result.status, status, result.stderr);
  assert.match(result.stderr, message);
  assert.deepEqual([sysroot.status(), sysroot.entries(), sysroot.kernels()], before);
}

test('a unified kernel image is copied to the ESP, and its entry names it and has no words', (t) => {
  const sysroot = TestSysroot.make(t);
  const commit = sysroot.release('1', UKI);
  sysroot.expect(['deploy', commit, '--uki']);
  const { id, image, kernel, arguments: list } = standard(sysroot);
  const bytes = fs.readFileSync(ukiOf(sysroot, commit));
  assert.deepEqual(kernel, identifyUki(RELEASE, bytes));
  assert.equal(id, image.slice(image.indexOf(':') + 1));
  assert.deepEqual(list, [{ value: `composefs.digest=${image}`, from: 'rootseal' }]);
  assert.deepEqual(sysroot.kernels(), [kernel.hash]);
  assert.deepEqual(fs.readdirSync(sysroot.file(`boot/rootseal/${kernel.hash}`)), ['uki.efi']);
  assert.ok(fs.readFileSync(sysroot.file(`boot/rootseal/${kernel.hash}/uki.efi`)).equals(bytes));
  assert.deepEqual(sysroot.entries(), ['rootseal-os-1+3.conf']);
  assert.equal(
    fs.readFileSync(sysroot.file('boot/loader/entries/rootseal-os-1+3.conf'), 'utf8'),
    `title Test system (1)\nversion 1\nsort-key rootseal\nefi /rootseal/${kernel.hash}/uki.efi\n`,
  );
  assert.deepEqual(sysroot.status().problems, []);
});

test('without --uki a commit is started from kernel and initramfs, until the default is a unified kernel image', (t) => {
  const sysroot = TestSysroot.make(t);
  sysroot.expect(['deploy', sysroot.release('1', UKI)]);
  sysroot.expect(['bless', 'default']);
  sysroot.expect(['deploy', sysroot.release('2', UKI), '--uki']);
  sysroot.expect(['bless', 'default']);
  assert.deepEqual(programs(sysroot), [KERNEL, UNIFIED]);
  sysroot.expect(['deploy', sysroot.release('3', UKI)]);
  assert.deepEqual(programs(sysroot), [KERNEL, UNIFIED, UNIFIED]);
  sysroot.expect(['bless', 'default']);
  refused(sysroot, ['deploy', sysroot.release('4')], 10, /has no unified kernel image[^]*--no-uki/);
  sysroot.expect(['deploy', 'main', '--no-uki']);
  assert.equal(programs(sysroot).at(-1), KERNEL);
  assert.equal(sysroot.role('default'), '4');
  assert.deepEqual(sysroot.status().problems, []);
});

test('on a host that has both kinds, rolling back leads from one to the other and back', (t) => {
  const sysroot = TestSysroot.make(t);
  sysroot.expect(['deploy', sysroot.release('1')]);
  sysroot.expect(['bless', 'default']);
  sysroot.expect(['deploy', sysroot.release('2', UKI), '--uki', '--stage']);
  assert.deepEqual(programs(sysroot), [KERNEL]);
  sysroot.expect(['finalize-staged']);
  sysroot.expect(['bless', 'default']);
  for (const [release, program] of [
    ['1', KERNEL],
    ['2', UNIFIED],
  ]) {
    sysroot.expect(['rollback']);
    assert.equal(sysroot.role('default'), release);
    assert.equal(programs(sysroot).at(-1), program);
    const { loader, roles, problems } = sysroot.status();
    assert.equal(loader.deployment, roles.default);
    assert.deepEqual(problems, []);
  }
  assert.match(sysroot.expect(['status']), /starts from a unified kernel image/);
  assert.match(sysroot.expect(['status']), /starts from kernel and initramfs/);
  sysroot.expect(['undeploy', 'rollback']);
  assert.deepEqual(programs(sysroot), [UNIFIED]);
  assert.equal(sysroot.kernels().length, 1);
  assert.match(sysroot.expect(['status', '--verbose']), /unified kernel image of \d+\.\d kB/);
});

test('words of this machine have no effect on a unified kernel image: asked for they are refused, found they are told', (t) => {
  const sysroot = TestSysroot.make(t);
  sysroot.expect(['deploy', sysroot.release('1'), '--karg', 'debug']);
  sysroot.expect(['bless', 'default']);
  const second = sysroot.release('2', {
    ...UKI,
    files: { 'usr/lib/rootseal/kargs.d/a.toml': 'kargs = ["quiet"]\n' },
  });
  const file = sysroot.state('default', 'etc/rootseal/kargs.d/site.toml');
  fs.mkdirSync(dirname(file), { recursive: true });
  fs.writeFileSync(file, 'kargs = ["audit=1"]\n');
  for (const option of [
    ['--karg', 'x'],
    ['--karg-delete', 'quiet'],
  ])
    refused(
      sysroot,
      ['deploy', second, '--uki', ...option],
      2,
      /kernel argument "(x|quiet)": a unified kernel image has its command line inside/,
    );
  const { stderr } = sysroot.call(['deploy', second, '--uki']);
  assert.match(stderr, /^\/etc\/rootseal\/kargs\.d\/site\.toml has no effect/m);
  assert.match(stderr, /^kernel argument "debug", which was added by hand, is left out/m);
  const values = () =>
    standard(sysroot)
      .arguments.slice(1)
      .map(({ value }) => value);
  assert.deepEqual(values(), ['quiet']);
  refused(sysroot, ['kargs', '--append', 'x', '--now'], 2, /has its command line inside/);
  sysroot.expect(['bless', 'default']);
  sysroot.expect(['deploy', sysroot.release('3'), '--no-uki', '--karg', 'x']);
  assert.deepEqual(values(), ['audit=1', 'debug', 'x']);
});

test('the same unified kernel image takes the place of the one before, unless that is needed', (t) => {
  const { sysroot, first } = unified(t);
  refused(sysroot, ['deploy', first], 77, /^$/);
  const second = sysroot.release('2', { ...UKI, kernel: 'two' });
  sysroot.expect(['deploy', second]);
  const again = ['deploy', first, '--allow-downgrade'];
  refused(sysroot, again, 1, /one state only: .*no other one is known to be good/);
  sysroot.expect(['bless', 'default']);
  fs.writeFileSync(sysroot.state('default', 'etc/mine'), 'mine');
  sysroot.expect(again);
  assert.equal(sysroot.role('default'), '1');
  assert.equal(fs.readFileSync(sysroot.state('default', 'etc/mine'), 'utf8'), 'mine');
  assert.deepEqual(sysroot.entries(), ['rootseal-os-2.conf', 'rootseal-os-3+3.conf']);
  assert.equal(standard(sysroot).boots, 'unknown');
  assert.deepEqual(sysroot.status().problems, []);
});

test('what is deployed from kernel and initramfs is not deployed from its unified kernel image, and the other way it is', (t) => {
  const sysroot = TestSysroot.make(t);
  const first = sysroot.release('1', UKI);
  sysroot.expect(['deploy', first]);
  refused(sysroot, ['deploy', first, '--uki'], 1, /one state only: .*it is the default/);
  sysroot.expect(['bless', 'default']);
  const second = sysroot.release('2', UKI);
  sysroot.expect(['deploy', second, '--uki']);
  sysroot.expect(['bless', 'default']);
  sysroot.expect(['deploy', second, '--no-uki']);
  const { id, arguments: list } = standard(sysroot);
  assert.match(id, /\.1$/);
  assert.ok(list.some(({ value }) => value === `rootseal.state=${id}`));
  assert.deepEqual(programs(sysroot), [KERNEL, UNIFIED, KERNEL]);
});

test('a unified kernel image that failed here is taken again with --retry', (t) => {
  const { sysroot } = unified(t);
  const second = sysroot.release('2', { ...UKI, kernel: 'two' });
  sysroot.expect(['deploy', second]);
  const [, entry = ''] = sysroot.entries();
  const directory = sysroot.file('boot/loader/entries');
  fs.renameSync(`${directory}/${entry}`, `${directory}/rootseal-os-2+0-3.conf`);
  sysroot.expect(['boot-complete']);
  assert.equal(sysroot.role('default'), '1');
  refused(sysroot, ['deploy', second], 18, /failed/);
  sysroot.expect(['deploy', second, '--retry']);
  assert.equal(sysroot.role('default'), '2');
  assert.deepEqual(sysroot.entries(), ['rootseal-os-1.conf', 'rootseal-os-3+3.conf']);
});

test('repair copies a unified kernel image again, and takes a lost one back from the ESP', (t) => {
  const { sysroot, first } = unified(t);
  const { hash } = standard(sysroot).kernel;
  const [onEsp, stored] = [sysroot.file(`boot/rootseal/${hash}/uki.efi`), ukiOf(sysroot, first)];
  const bytes = fs.readFileSync(stored);
  fs.truncateSync(onEsp, 100);
  const missing = `kernel ${hash} is missing or damaged on the ESP`;
  assert.ok(sysroot.status().problems.includes(missing));
  sysroot.expect(['repair']);
  assert.ok(fs.readFileSync(onEsp).equals(bytes));
  // Of the same size: only its hash tells.
  fs.writeFileSync(onEsp, Buffer.from(bytes).fill(7, 5000, 5001));
  assert.deepEqual(sysroot.status().problems, []);
  sysroot.expect(['repair']);
  assert.ok(fs.readFileSync(onEsp).equals(bytes));
  fs.rmSync(stored);
  const lost =
    'os 1 (' +
    standard(sysroot).id.slice(0, 12) +
    '): its unified kernel image is missing in the repository';
  assert.deepEqual(sysroot.status().problems, [lost]);
  assert.match(sysroot.expect(['repair']), /copied the unified kernel image of .* from the ESP/);
  assert.ok(fs.readFileSync(stored).equals(bytes));
  fs.rmSync(stored);
  fs.mkdirSync(join(stored, 'in the way'), { recursive: true });
  assert.match(sysroot.expect(['repair']), /copied the unified kernel image of .* from the ESP/);
  assert.ok(fs.readFileSync(stored).equals(bytes));
  for (const file of [stored, onEsp]) fs.rmSync(file);
  const { status, stdout, stderr } = sysroot.call(['repair']);
  assert.equal(status, 3, stderr);
  assert.match(stdout + stderr, /is not put on the ESP: commit \S+ has no unified kernel image/);
  assert.ok(sysroot.status().problems.includes(lost));
});

/** A host with one key that it trusts, and a sealed release with a unified kernel image. */
function sealed(t: TestContext): { sysroot: TestSysroot; first: string; options: ReleaseOptions } {
  const sysroot = TestSysroot.make(t);
  const key = join(sysroot.scratch, 'own.key');
  sysroot.repository.expect(['key', 'generate', 'own.example', '--out', key]);
  const files = { 'usr/lib/rootseal/keys.d/own.pub': fs.readFileSync(`${key}.pub`, 'utf8') };
  const options = { ...UKI, key, files };
  return { sysroot, first: sysroot.release('1', options), options };
}

test('a unified kernel image of another commit, or a changed one, is not deployed', (t) => {
  const { sysroot, first } = unified(t);
  const second = sysroot.release('2', { ...UKI, kernel: 'two' });
  const good = fs.readFileSync(ukiOf(sysroot, second));
  const kernelAt = good.indexOf(Buffer.from('twotwo'));
  const bad: readonly (readonly [Buffer, RegExp])[] = [
    [fs.readFileSync(ukiOf(sysroot, first)), /is not that of the commit: \.cmdline/],
    [Buffer.from(good).fill('T', kernelAt, kernelAt + 1), /is not that of the commit: \.linux/],
  ];
  for (const [bytes, message] of bad) {
    fs.writeFileSync(ukiOf(sysroot, second), bytes);
    refused(sysroot, ['deploy', second], 12, message);
  }
  fs.writeFileSync(ukiOf(sysroot, second), good.subarray(0, 5000));
  refused(sysroot, ['deploy', second], 17, /unified kernel image|PE/);
  fs.writeFileSync(ukiOf(sysroot, second), good);
  sysroot.expect(['deploy', second]);
});

test('what became another unified kernel image after it was staged is not put on the ESP', (t) => {
  const { sysroot, first } = unified(t);
  const kernelOfFirst = standard(sysroot).kernel.hash;
  const second = sysroot.release('2', { ...UKI, kernel: 'two' });
  sysroot.expect(['deploy', second, '--stage']);
  const before = [sysroot.entries(), sysroot.kernels()];
  fs.copyFileSync(ukiOf(sysroot, first), ukiOf(sysroot, second));
  // The one that was staged is on the ESP already.
  assert.deepEqual(sysroot.status().problems, []);
  const [name] = before[1]?.filter((one) => one !== kernelOfFirst) ?? [];
  const staged = sysroot.file(`boot/rootseal/${name ?? ''}/uki.efi`);
  fs.writeFileSync(staged, fs.readFileSync(staged).fill(7, 5000, 5001));
  assert.match(sysroot.status().problems.join(), /is not the one that was deployed/);
  const { status, stderr } = sysroot.call(['finalize-staged']);
  assert.notEqual(status, 0);
  assert.match(stderr, /its unified kernel image in the repository is not the one/);
  assert.deepEqual([sysroot.entries(), sysroot.kernels()], before);
});

test('a record with words, a state or a size that its unified kernel image does not have comes to the ESP by no verb', (t) => {
  const { sysroot } = unified(t);
  sysroot.expect(['deploy', sysroot.release('2', { ...UKI, kernel: 'two' }), '--stage']);
  const file = sysroot.file('state/deployments.json');
  const text = fs.readFileSync(file, 'utf8');
  const [entries, kernels] = [sysroot.entries(), sysroot.kernels()];
  const record = parseRecord(Buffer.from(text));
  const [staged, ...others] = record.deployments;
  assert.ok(staged);
  const forged: readonly Partial<Deployment>[] = [
    { arguments: [...staged.arguments, { value: 'init=/bin/sh', from: 'verb' }] },
    { arguments: [] },
    { id: `${staged.id}.7` },
    { kernel: { ...staged.kernel, uki: 7 } },
    { kernel: { ...staged.kernel, hash: 'ab'.repeat(16) } },
  ];
  for (const change of forged) {
    const one = { ...staged, ...change };
    const edited = { ...record, staged: one.id, deployments: [one, ...others] };
    fs.writeFileSync(file, printRecord(edited));
    for (const verb of ['finalize-staged', 'repair']) {
      const { status, stderr } = sysroot.call([verb]);
      assert.doesNotMatch(stderr, /TypeError| at file:/);
      if (verb === 'finalize-staged') assert.notEqual(status, 0, JSON.stringify(change));
      assert.deepEqual(sysroot.entries(), entries, JSON.stringify(change));
      // What no record names may go.
      assert.ok(sysroot.kernels().every((name) => kernels.includes(name)));
    }
  }
});

test('what no seal vouches for is asked of a certificate: another stub than the image has is refused on a sealed host', (t) => {
  const { sysroot, first, options } = sealed(t);
  sysroot.expect(['deploy', first, '--uki']);
  sysroot.expect(['bless', 'default']);
  const second = sysroot.release('2', options);
  const stub = join(sysroot.scratch, 'stub');
  fs.writeFileSync(stub, makeStub({ version: '258.1' }));
  sysroot.repository.expect(['uki', 'build', second, '--stub', stub]);
  refused(sysroot, ['deploy', second], 12, /no seal vouches for that, and no certificate does/);
  sysroot.repository.expect(['uki', 'build', second]);
  sysroot.expect(['deploy', second]);
});

test('what no seal vouches for is taken when whoever installs it names the certificate that does', async (t) => {
  const { sysroot, first } = sealed(t);
  const { scratch, directory, repository } = sysroot;
  const [owner, stranger] = [makeTestKey('owner'), makeTestKey('stranger')];
  const [stub, cert, key] = ['stub', 'db.crt', 'db.key'].map((name) => join(scratch, name));
  assert.ok(stub && cert && key);
  fs.writeFileSync(stub, makeStub({ version: '258.1' }));
  fs.writeFileSync(cert, printPem('CERTIFICATE', owner.certificate.der));
  fs.writeFileSync(key, owner.privateKey.export({ format: 'pem', type: 'pkcs8' }));
  repository.expect(['uki', 'build', first, '--stub', stub, '--cert', cert, '--key', key]);
  // As `install --uki --cert` does it on an empty disk.
  const install = ({ certificate }: ReturnType<typeof makeTestKey>) =>
    withSession(Sysroot.at(directory), { progress: noProgress, now: () => 0 }, (session) => {
      const request = { revision: first, staged: false, uki: true, certificates: [certificate] };
      return deploy(session, request);
    });
  await assert.rejects(install(stranger), { code: 'SEAL_UNTRUSTED' });
  assert.deepEqual(sysroot.entries(), []);
  await install(owner);
  assert.deepEqual(programs(sysroot), [UNIFIED]);
});

test('a deployment whose unified kernel image was signed anew since is started from what is on the ESP', (t) => {
  const { sysroot, first } = unified(t);
  const { hash } = standard(sysroot).kernel;
  const onEsp = sysroot.file(`boot/rootseal/${hash}/uki.efi`);
  const second = sysroot.release('2', { ...UKI, kernel: 'two' });
  sysroot.expect(['deploy', second]);
  sysroot.expect(['bless', 'default']);
  sysroot.repository.expect(['uki', 'build', first, ...newSigner(sysroot.scratch, 'later')]);
  const signed = fs.readFileSync(ukiOf(sysroot, first));
  assert.deepEqual(sysroot.status().problems, []);
  sysroot.expect(['rollback']);
  assert.equal(sysroot.role('default'), '1');
  assert.equal(standard(sysroot).kernel.hash, hash);
  // Nor does a repair bring back the one from before.
  sysroot.expect(['repair']);
  assert.ok(fs.readFileSync(ukiOf(sysroot, first)).equals(signed));
  sysroot.expect(['rollback']);
  // Whoever changes it there is found out, since the name is a hash.
  fs.writeFileSync(onEsp, fs.readFileSync(onEsp).fill(7, 5000, 5001));
  refused(sysroot, ['rollback'], 17, /is not the one that was deployed, and the ESP does not/);
});

test('deploying what was only signed anew puts the new signatures in the place of the old, and keeps what is known', (t) => {
  const { sysroot, first } = unified(t);
  const stub = join(sysroot.scratch, 'stub');
  fs.writeFileSync(stub, makeStub({ version: '258.1' }));
  const hashOf = () => identifyUki(RELEASE, fs.readFileSync(ukiOf(sysroot, first))).hash;
  const isNew = () => {
    const { kernel, boots } = standard(sysroot);
    assert.equal(kernel.hash, hashOf());
    assert.deepEqual(sysroot.kernels(), [kernel.hash]);
    assert.equal(boots, 'good');
    assert.deepEqual(sysroot.entries(), ['rootseal-os-1.conf']);
    const entry = fs.readFileSync(sysroot.file('boot/loader/entries/rootseal-os-1.conf'), 'utf8');
    assert.match(entry, new RegExp(`^efi /rootseal/${kernel.hash}/uki\\.efi$`, 'm'));
    assert.deepEqual(sysroot.status().problems, []);
  };
  sysroot.repository.expect(['uki', 'build', first, ...newSigner(sysroot.scratch, 'later')]);
  sysroot.expect(['deploy', first]);
  isNew();
  refused(sysroot, ['deploy', first], 77, /^$/);
  // Also where the ESP lost the one before.
  sysroot.repository.expect(['uki', 'build', first, ...newSigner(sysroot.scratch, 'last')]);
  fs.rmSync(sysroot.file(`boot/rootseal/${standard(sysroot).kernel.hash}`), { recursive: true });
  sysroot.expect(['deploy', first]);
  isNew();
  // Other code was never found good.
  sysroot.repository.expect(['uki', 'build', first, '--stub', stub]);
  refused(sysroot, ['deploy', first], 1, /one state only: .*it is the default/);
});

test('what was signed anew after it was staged is finalized with its new signatures when it is deployed again', (t) => {
  const { sysroot } = unified(t);
  const second = sysroot.release('2', { ...UKI, kernel: 'two' });
  sysroot.expect(['deploy', second, '--stage']);
  sysroot.repository.expect(['uki', 'build', second, ...newSigner(sysroot.scratch, 'later')]);
  sysroot.expect(['deploy', second, '--stage']);
  assert.equal(sysroot.role('staged'), '2');
  sysroot.expect(['finalize-staged']);
  assert.equal(sysroot.role('default'), '2');
  const bytes = fs.readFileSync(ukiOf(sysroot, second));
  assert.deepEqual(standard(sysroot).kernel, identifyUki(RELEASE, bytes));
});

/** A host that a unified kernel image was found good on, and whoever publishes the next ones. */
function upgradable(t: TestContext): { sysroot: TestSysroot; publisher: TestSysroot } {
  const sysroot = TestSysroot.make(t);
  const publisher = TestSysroot.makeIn(join(sysroot.scratch, 'publisher'));
  const url = `file://${publisher.repository.path}`;
  sysroot.repository.expect(['remote', 'add', 'origin', url]);
  publisher.release('1', UKI);
  sysroot.expect(['switch', 'origin/main', '--uki']);
  sysroot.expect(['bless', 'default']);
  return { sysroot, publisher };
}

test('an upgrade of a host that starts from unified kernel images refuses a release without one before it fetches', (t) => {
  const { sysroot, publisher } = upgradable(t);
  assert.deepEqual(programs(sysroot), [UNIFIED]);
  const uki = ukiOf(publisher, publisher.release('2', { ...UKI, kernel: 'two' }));
  fs.renameSync(uki, `${uki}.later`);
  const objects = () => listObjects(Sysroot.at(sysroot.directory).repository()).digests.length;
  const before = objects();
  for (const option of ['--stage', '--check', '--download-only'])
    refused(sysroot, ['upgrade', option], 10, /has no unified kernel image[^]*--no-uki/);
  assert.equal(objects(), before);
  assert.deepEqual(fs.readdirSync(join(sysroot.repository.path, 'tmp')), []);
  sysroot.expect(['upgrade', '--download-only', '--no-uki']);
  assert.ok(objects() > before);
  refused(sysroot, ['upgrade', '--from-downloaded'], 10, /has no unified kernel image/);
  fs.renameSync(`${uki}.later`, uki);
  sysroot.expect(['upgrade']);
  assert.deepEqual(programs(sysroot), [UNIFIED, UNIFIED]);
});
