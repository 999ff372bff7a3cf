/** Directories in the place of files, kernels that are not what they were, and kernels that an earlier version named. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { basename, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { DeploymentRecord } from '../../src/formats/deployment/record.js';
import { TestSysroot } from '../helpers/sysroot.js';

/** Two releases, both deployed and good. */
function deployed(t: TestContext): TestSysroot {
  const sysroot = TestSysroot.make(t);
  for (const version of ['1', '2']) {
    sysroot.expect(['deploy', sysroot.release(version)]);
    sysroot.expect(['bless', 'default']);
  }
  return sysroot;
}

const FILES: readonly (readonly [what: string, path: (sysroot: TestSysroot) => string])[] = [
  ['the record', (sysroot) => sysroot.file('state/deployments.json')],
  ['the sequence floor', (sysroot) => sysroot.file('state/sequence-floor')],
  ['a boot entry', (sysroot) => sysroot.file('boot/loader/entries/rootseal-os-2.conf')],
  ['a deployment', (sysroot) => sysroot.state('default', 'deployment.json')],
  ['the report of a merge', (sysroot) => sysroot.state('default', 'etc-conflicts.json')],
  ['the stamp of a shutdown', (sysroot) => sysroot.file('state/finalize-failed.json')],
  [
    'a ref of a deployment',
    (sysroot) =>
      join(sysroot.file('composefs/refs/deployments'), basename(sysroot.state('default', ''))),
  ],
  ['the last check', (sysroot) => sysroot.file('state/last-check.json')],
];

for (const [what, pathOf] of FILES)
  test(`a directory in the place of ${what} is told or passed over, and keeps nobody from repair and rollback`, (t) => {
    const sysroot = deployed(t);
    const path = pathOf(sysroot);
    fs.rmSync(path, { force: true });
    fs.mkdirSync(join(path, 'inside'), { recursive: true });
    assert.equal(sysroot.call(['status']).status, 0);
    assert.doesNotMatch(sysroot.status().problems.join('\n'), /EISDIR|illegal operation/);
    sysroot.expect(['repair']);
    sysroot.expect(['rollback']);
    sysroot.expect(['deploy', sysroot.release('3'), '--stage']);
    sysroot.expect(['finalize-staged']);
    sysroot.expect(['bless', 'default']);
    assert.equal(sysroot.role('default'), '3');
    const { problems } = sysroot.status();
    assert.deepEqual(
      problems.filter((problem) => !problem.includes('last-check')),
      [],
    );
  });

test('links that lead nowhere in the place of files of state are told or passed over, and keep nobody from repair and rollback', (t) => {
  const sysroot = deployed(t);
  for (const [what, pathOf] of FILES) {
    const path = pathOf(sysroot);
    fs.rmSync(path, { force: true });
    fs.symlinkSync(basename(path), path);
    assert.doesNotMatch(sysroot.status().problems.join('\n'), /ELOOP|too many/, what);
    sysroot.expect(['repair']);
    sysroot.expect(['rollback']);
  }
});

test('a record that is a link to another one is damaged, and is not what the host does', (t) => {
  const sysroot = deployed(t);
  const [record, other] = [sysroot.file('state/deployments.json'), join(sysroot.scratch, 'other')];
  fs.renameSync(record, other);
  fs.symlinkSync(other, record);
  const found = sysroot.call(['pin', 'default']);
  assert.equal(found.status, 17);
  assert.match(found.stderr, /is a symbolic link, and should be a file\nhint: `rootseal repair/);
  sysroot.expect(['repair']);
  assert.ok(fs.lstatSync(record).isFile());
});

test('a file in the place of a state is moved away by repair, which makes the state again', (t) => {
  const sysroot = deployed(t);
  const state = sysroot.state('default', '.');
  fs.rmSync(state, { recursive: true });
  fs.writeFileSync(state, 'not a state\n');
  const { status, stderr } = sysroot.call(['kargs', '--karg-append', 'a=b', '--now']);
  assert.equal(status, 17);
  assert.match(stderr, /is not a directory\nhint: move it away/);
  const repaired = sysroot.call(['repair']);
  assert.equal(repaired.status, 0);
  assert.match(
    repaired.stdout,
    /moved state\/deploy\/\w+, which was not a directory, to state\/lost/,
  );
  assert.match(repaired.stderr, /\/etc of \S+ \S+ \(\w+\) was lost/);
  assert.ok(fs.existsSync(join(state, 'etc/hostname')));
  const moved = fs
    .readdirSync(sysroot.file('state/lost'))
    .filter((name) => !name.endsWith('.note'));
  assert.equal(moved.length, 1);
});

test('a link in the place of all states is refused by whatever changes something, and told', (t) => {
  const sysroot = deployed(t);
  const [states, elsewhere] = [sysroot.file('state/deploy'), join(sysroot.scratch, 'elsewhere')];
  fs.renameSync(states, elsewhere);
  fs.symlinkSync(elsewhere, states);
  for (const args of [['kargs', '--karg-append', 'a=b'], ['repair'], ['rollback', '--force']]) {
    const { status, stderr } = sysroot.call(args);
    assert.equal(status, 17, args.join(' '));
    assert.match(stderr, /state\/deploy is a symbolic link/);
  }
  assert.match(sysroot.status().problems.join('\n'), /state\/deploy is a symbolic link/);
});

/** Moves bytes from the end of one file to the start of the other: what both hold, one after the other, stays. */
function moveBoundary(directory: string, count: number): void {
  const read = (name: string) => fs.readFileSync(join(directory, name));
  const [kernel, initrd] = [read('vmlinuz'), read('initrd')];
  fs.writeFileSync(join(directory, 'vmlinuz'), Buffer.concat([kernel, initrd.subarray(0, count)]));
  fs.writeFileSync(join(directory, 'initrd'), initrd.subarray(count));
}

test('bytes that moved from the initramfs to the kernel are told by status and repaired', (t) => {
  const sysroot = deployed(t);
  const [hash = ''] = sysroot.kernels();
  const directory = sysroot.file(`boot/rootseal/${hash}`);
  const before = fs.readFileSync(join(directory, 'vmlinuz'));
  moveBoundary(directory, 100);
  assert.match(sysroot.status().problems.join('\n'), new RegExp(`kernel ${hash} is missing`));
  assert.match(sysroot.expect(['repair']), new RegExp(`copied kernel ${hash} to the ESP`));
  assert.deepEqual(fs.readFileSync(join(directory, 'vmlinuz')), before);
  assert.deepEqual(sysroot.kernels(), [hash]);
  assert.deepEqual(sysroot.status().problems, []);
});

test('a damaged kernel that is needed is there after each change', (t) => {
  const sysroot = deployed(t);
  const [hash = ''] = sysroot.kernels();
  fs.truncateSync(sysroot.file(`boot/rootseal/${hash}/vmlinuz`), 5);
  sysroot.expect(['pin', 'default']);
  assert.ok(fs.statSync(sysroot.file(`boot/rootseal/${hash}/vmlinuz`)).size > 5);
  assert.deepEqual(sysroot.status().problems, []);
});

/** Makes a host what an earlier version left: directories of kernels have the hash of the contents alone. */
function asBefore(sysroot: TestSysroot): string {
  const [now = ''] = sysroot.kernels();
  const sum = createHash('sha256');
  for (const name of ['vmlinuz', 'initrd'])
    sum.update(fs.readFileSync(sysroot.file(`boot/rootseal/${now}/${name}`)));
  const old = sum.digest('hex').slice(0, 32);
  fs.renameSync(sysroot.file(`boot/rootseal/${now}`), sysroot.file(`boot/rootseal/${old}`));
  const edit = (file: string) => {
    const text = fs.readFileSync(file, 'utf8').replaceAll(now, old);
    fs.writeFileSync(file, text.replaceAll(/,\s*"sizes": \{[^}]*\}/g, ''));
  };
  for (const file of sysroot.entries()) edit(sysroot.file(`boot/loader/entries/${file}`));
  edit(sysroot.file('state/deployments.json'));
  for (const { id } of sysroot.status().deployments)
    edit(sysroot.file(`state/deploy/${id}/deployment.json`));
  return old;
}

test('kernels that an earlier version named have nothing to repair, and are renamed by the next change', (t) => {
  const sysroot = deployed(t);
  const [now = ''] = sysroot.kernels();
  const old = asBefore(sysroot);
  assert.deepEqual(sysroot.status().problems, []);
  assert.equal(sysroot.expect(['repair']), 'nothing to repair');
  assert.deepEqual(sysroot.kernels(), [old]);
  sysroot.expect(['pin', 'default']);
  assert.deepEqual(sysroot.kernels(), [now]);
  const record = JSON.parse(
    fs.readFileSync(sysroot.file('state/deployments.json'), 'utf8'),
  ) as DeploymentRecord;
  for (const { kernel } of record.deployments) assert.ok(kernel.hash === now && kernel.sizes);
  for (const file of sysroot.entries())
    assert.match(
      fs.readFileSync(sysroot.file(`boot/loader/entries/${file}`), 'utf8'),
      new RegExp(`^linux /rootseal/${now}/vmlinuz\\ninitrd /rootseal/${now}/initrd$`, 'm'),
    );
  assert.deepEqual(sysroot.status().problems, []);
  assert.equal(sysroot.expect(['repair']), 'nothing to repair');
});
