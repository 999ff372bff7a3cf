/** Deployments that do not fit are refused before anything is changed; on file systems of their own. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { RELEASE } from '../helpers/disk.js';
import { reasonForNoMounts } from '../helpers/mounts.js';
import { TestSysroot } from '../helpers/sysroot.js';

const skip = reasonForNoMounts();

/** A host whose ESP, or all of it, has so many bytes. */
function smallHost(t: TestContext, what: 'boot' | 'sysroot', size: number): TestSysroot {
  const scratch = fs.mkdtempSync(join(tmpdir(), 'rootseal-space-'));
  const sysroot = new TestSysroot(scratch);
  const place = what === 'boot' ? sysroot.file('boot') : sysroot.directory;
  fs.mkdirSync(place, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'test', place]);
  t.after(() => {
    execFileSync('umount', ['--lazy', place]);
    fs.rmSync(scratch, { recursive: true });
  });
  fs.mkdirSync(sysroot.file('boot'), { recursive: true });
  sysroot.repository.expect(['init', sysroot.repository.path]);
  return sysroot;
}

test(
  'a kernel that does not fit on the ESP is refused at once, with what could go',
  { skip },
  (t) => {
    const sysroot = smallHost(t, 'boot', 8 << 20);
    sysroot.expect(['deploy', sysroot.release('1', { kernel: 'k'.repeat(3000) })]);
    sysroot.expect(['bless', 'default']);
    const second = sysroot.release('2');
    sysroot.expect(['deploy', second]);
    sysroot.expect(['bless', 'default']);
    const before = sysroot.status();
    const third = sysroot.release('3', { kernel: 'K'.repeat(4000) });
    for (const option of [[], ['--stage']]) {
      const result = sysroot.call(['deploy', third, ...option, '--json']);
      assert.equal(result.status, 16, result.stderr);
      assert.match(result.stdout + result.stderr, /the ESP has .* free, and .* MB are needed/);
      assert.ok((result.stdout + result.stderr).includes(before.roles.rollback ?? '?'));
    }
    assert.deepEqual(sysroot.status(), before);
    sysroot.expect(['undeploy', 'rollback']);
    sysroot.expect(['deploy', third]);
    assert.equal(sysroot.role('default'), '3');
  },
);

test(
  'a unified kernel image that does not fit on the ESP is refused before it is fetched, although its kernel is there',
  { skip },
  (t) => {
    const sysroot = smallHost(t, 'boot', 8 << 20);
    const publisher = TestSysroot.makeIn(join(sysroot.scratch, 'publisher'));
    const url = `file://${publisher.repository.path}`;
    sysroot.repository.expect(['remote', 'add', 'origin', url]);
    const initramfs = `usr/lib/modules/${RELEASE}/initramfs.img`;
    const options = { uki: true, files: { [initramfs]: 'i'.repeat(3_500_000) } };
    publisher.release('1', options);
    sysroot.expect(['switch', 'origin/main', '--uki']);
    sysroot.expect(['bless', 'default']);
    const second = publisher.release('2', options);
    const { stderr } = sysroot.call(['upgrade', '--download-only']);
    assert.match(stderr, /the ESP has .* free, and .* MB are needed/);
    const stored = [sysroot, publisher].map(({ repository }) => repository.file(`ukis/${second}`));
    assert.deepEqual(
      stored.map((file) => fs.existsSync(file)),
      [false, true],
    );
    assert.equal(sysroot.status().problems.length, 0);
  },
);

/** Two good releases; the second is the default. */
function twoReleases(sysroot: TestSysroot): void {
  for (const version of ['1', '2']) {
    sysroot.expect(['deploy', sysroot.release(version)]);
    sysroot.expect(['bless', 'default']);
  }
}

/** A rollback that failed is not carried out by what comes later. */
function expectForgotten(sysroot: TestSysroot): void {
  const { interrupted, problems } = sysroot.status();
  assert.deepEqual([interrupted, problems], [null, []]);
  sysroot.expect(['pin', 'default']);
  assert.equal(sysroot.role('default'), '2');
  const pinned = sysroot.status().deployments.find((one) => one.pinned);
  assert.equal(pinned?.release, '2');
}

test(
  'a rollback for which a full ESP has no room changes nothing, and says what is full and what is needed',
  { skip },
  (t) => {
    const sysroot = smallHost(t, 'boot', 8 << 20);
    twoReleases(sysroot);
    const filler = fs.openSync(sysroot.file('boot/filler'), 'w');
    assert.throws(() => {
      for (;;) fs.writeSync(filler, Buffer.alloc(4096, 1));
    }, /ENOSPC/);
    fs.closeSync(filler);
    const before = sysroot.status();
    const { status, stderr } = sysroot.call(['rollback']);
    assert.equal(status, 16);
    assert.match(stderr, /the ESP has 0 bytes free, and 4096 bytes are needed\nhint: /);
    assert.deepEqual(sysroot.status(), before);
    fs.rmSync(sysroot.file('boot/filler'));
    expectForgotten(sysroot);
  },
);

test(
  'a rollback that fails on a read-only ESP is taken back, and says how it becomes writable',
  { skip },
  (t) => {
    const sysroot = smallHost(t, 'boot', 8 << 20);
    twoReleases(sysroot);
    const before = sysroot.status();
    const boot = sysroot.file('boot');
    execFileSync('mount', ['-o', 'remount,ro', boot]);
    const { status, stderr } = sysroot.call(['rollback']);
    assert.equal(status, 1);
    assert.match(
      stderr,
      /boot entry rootseal-os-3\S*\.conf cannot be written: the ESP \(\S+\) is mounted read-only/,
    );
    assert.match(stderr, /hint: `mount -o remount,rw \S+` makes it writable/);
    assert.doesNotMatch(stderr, /EROFS/);
    assert.deepEqual(sysroot.status(), before);
    execFileSync('mount', ['-o', 'remount,rw', boot]);
    expectForgotten(sysroot);
  },
);

test(
  'a staged release for which a full ESP has no room at shutdown stays staged, and the next boot says so',
  { skip },
  (t) => {
    const sysroot = smallHost(t, 'boot', 8 << 20);
    twoReleases(sysroot);
    sysroot.expect(['deploy', sysroot.release('3'), '--stage']);
    execFileSync('mount', ['-o', 'remount,ro', sysroot.file('boot')]);
    sysroot.expect(['finalize-staged'], 1);
    assert.equal(sysroot.role('staged'), '3');
    assert.equal(sysroot.role('default'), '2');
    assert.equal(sysroot.status().interrupted, null);
    assert.match(sysroot.status().finalizeFailure?.error ?? '', /is mounted read-only/);
    execFileSync('mount', ['-o', 'remount,rw', sysroot.file('boot')]);
    sysroot.expect(['finalize-staged']);
    assert.equal(sysroot.role('default'), '3');
  },
);

test('a root file system that is full refuses the /etc that is to come', { skip }, (t) => {
  const sysroot = smallHost(t, 'sysroot', 24 << 20);
  sysroot.expect(['deploy', sysroot.release('1')]);
  sysroot.expect(['bless', 'default']);
  fs.writeFileSync(sysroot.state('default', 'etc/large'), Buffer.alloc(8 << 20, 1));
  const second = sysroot.release('2');
  fs.writeFileSync(sysroot.file('filler'), Buffer.alloc(12 << 20, 1));
  const before = sysroot.status();
  const result = sysroot.call(['deploy', second, '--stage']);
  assert.equal(result.status, 16, result.stderr);
  assert.match(result.stderr, /the root file system has/);
  assert.deepEqual(sysroot.status(), before);
});
