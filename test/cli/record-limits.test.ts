/** What record, boot entry and kernel can take is looked at before anything is written, and what was written before is left out. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { test, type TestContext } from 'node:test';
import type { Deployment, KernelArgument } from '../../src/formats/deployment/deployment.js';
import type { DeploymentRecord } from '../../src/formats/deployment/record.js';
import { TestSysroot } from '../helpers/sysroot.js';

/** One deployment that is good. */
function deployed(t: TestContext): TestSysroot {
  const sysroot = TestSysroot.make(t);
  sysroot.expect(['deploy', sysroot.release('1')]);
  sysroot.expect(['bless', 'default']);
  return sysroot;
}

/** All that a change may touch: names and sizes, and the record. */
function everything(sysroot: TestSysroot): string {
  const found = execFileSync('find', ['state', 'boot', '-printf', '%p %s %T@\n'], {
    cwd: sysroot.directory,
  });
  return `${found.toString()}${fs.readFileSync(sysroot.file('state/deployments.json'), 'utf8')}`;
}

const repeated = (count: number, argument: (index: number) => string): string[] =>
  Array.from({ length: count }, (_, index) => argument(index)).flatMap((text) => [
    '--karg-append',
    text,
  ]);

const TOO_MUCH: readonly (readonly [what: string, options: readonly string[]])[] = [
  ['one of 5,000 characters', ['--karg-append', `x=${'z'.repeat(5000)}`]],
  ['300 of them', repeated(300, (index) => `k${index}=1`)],
  ['20 of 250 characters', repeated(20, (index) => `k${index}=${'z'.repeat(246)}`)],
  ['one that the kernel would cut off', ['--karg-append', `x=${'z'.repeat(1960)}`]],
];

test('kernel arguments that record, boot entry or kernel cannot take are wrong use, and change nothing', (t) => {
  const sysroot = deployed(t);
  const before = everything(sysroot);
  for (const [what, options] of TOO_MUCH)
    for (const now of [[], ['--now']]) {
      const { status, stderr } = sysroot.call(['kargs', ...options, ...now]);
      assert.equal(status, 2, `${what}: ${stderr}`);
      assert.match(stderr, /kernels take (?:command lines of )?2047/);
      assert.ok(stderr.length < 500, stderr);
      assert.equal(everything(sysroot), before, what);
    }
  assert.deepEqual(sysroot.status().problems, []);
});

test('the longest command line that a kernel takes whole is deployed, and one byte more is not', (t) => {
  const sysroot = deployed(t);
  const { image } = sysroot.status().deployments[0]!;
  const id = `${image.slice(image.indexOf(':') + 1)}.1`;
  const loader = `initrd=/rootseal/${'0'.repeat(32)}/initrd`;
  const others = [loader, `composefs.digest=${image}`, `rootseal.state=${id}`, ''].join(' ').length;
  const left = 2047 - others;
  sysroot.expect(['kargs', '--karg-append', 'x'.repeat(left + 1), '--now'], 2);
  sysroot.expect(['kargs', '--karg-append', 'x'.repeat(left), '--now']);
  assert.deepEqual(sysroot.status().problems, []);
});

test('an image that asks for a longer command line than kernels take is not deployed, and the record stays as it is', (t) => {
  const sysroot = deployed(t);
  const before = everything(sysroot);
  const words = Array.from({ length: 30 }, (_, index) => `"k${index}=${'z'.repeat(80)}"`);
  for (const list of [`"x=${'z'.repeat(4100)}"`, words.join(', ')]) {
    const files = { 'usr/lib/bootc/kargs.d/1.toml': `kargs = [${list}]\n` };
    const release = sysroot.release('2', { files });
    const { status, stderr } = sysroot.call(['deploy', release, '--stage']);
    assert.equal(status, 17, stderr);
    assert.match(stderr, /kernels take/);
    assert.equal(everything(sysroot), before);
  }
});

test('a very long name of the system is not shown in the boot menu, and its release can be deployed', (t) => {
  const sysroot = deployed(t);
  const name = `ID=test\nPRETTY_NAME="${'n'.repeat(4090)}"\n`;
  sysroot.expect(['deploy', sysroot.release('2', { files: { 'usr/lib/os-release': name } })]);
  assert.equal(sysroot.role('default'), '2');
  assert.deepEqual(sysroot.status().problems, []);
});

/** Changes the record as only an earlier version, or somebody by hand, would. */
function editRecord(
  sysroot: TestSysroot,
  edit: (record: DeploymentRecord) => DeploymentRecord,
): void {
  const file = sysroot.file('state/deployments.json');
  const record = JSON.parse(fs.readFileSync(file, 'utf8')) as DeploymentRecord;
  fs.writeFileSync(file, JSON.stringify(edit(record), undefined, 1));
}

function withArguments(id: string | null, list: readonly KernelArgument[]) {
  return (one: Deployment): Deployment =>
    one.id === id ? { ...one, arguments: [...one.arguments, ...list] } : one;
}

test('repair keeps all of a record but the deployment that no record can have, and names that', (t) => {
  const sysroot = deployed(t);
  sysroot.expect(['pin', 'default']);
  sysroot.expect(['deploy', sysroot.release('2'), '--stage']);
  const { staged } = sysroot.status().roles;
  const kept = sysroot.status().deployments.filter(({ id }) => id !== staged);
  editRecord(sysroot, (record) => ({
    ...record,
    deployments: record.deployments.map(
      withArguments(record.staged, [{ value: `x=${'z'.repeat(5000)}`, from: 'verb' }]),
    ),
  }));
  sysroot.expect(['rollback'], 17);
  const said = sysroot.expect(['repair']);
  assert.ok(said.includes(`deployment ${staged!} was left out of the record: `), said);
  const after = sysroot.status();
  assert.deepEqual(after.deployments, kept);
  assert.deepEqual(after.problems, []);
  sysroot.expect(['deploy', sysroot.release('3')]);
});

for (const [verb, ...rest] of [
  ['rollback'],
  ['repair'],
  ['pin', 'rollback'],
  ['boot-complete'],
] as const)
  test(`${verb} leads out of a record whose default can have no boot entry`, (t) => {
    const sysroot = deployed(t);
    const standard = sysroot.status().roles.default;
    sysroot.expect(['deploy', sysroot.release('2')]);
    for (const file of sysroot.entries().filter((name) => name.includes('os-2')))
      fs.rmSync(sysroot.file(`boot/loader/entries/${file}`));
    const words = Array.from({ length: 20 }, (_, index) => ({
      ...{ value: `k${index}=${'z'.repeat(246)}`, from: 'verb' },
    }));
    editRecord(sysroot, (record) => ({
      ...record,
      deployments: record.deployments.map(withArguments(record.default, words)),
      intent: {
        ...{ verb: 'deploy', time: '2026-11-23T00:00:00Z' },
        before: { default: standard, staged: null, rollback: null, booted: null },
      },
    }));
    sysroot.expect([verb, ...rest]);
    const { roles, problems, interrupted, deployments } = sysroot.status();
    assert.equal(roles.default, standard);
    assert.equal(deployments.length, 1);
    assert.deepEqual([problems, interrupted], [[], null]);
    sysroot.expect(['deploy', sysroot.release('3')]);
  });
