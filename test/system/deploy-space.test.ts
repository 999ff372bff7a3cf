/** Deployments that do not fit are refused before anything is changed; on file systems of their own. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
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
      assert.match(result.stdout + result.stderr, /the ESP has .* MiB free, and .* MiB are needed/);
      assert.ok((result.stdout + result.stderr).includes(before.roles.rollback ?? '?'));
    }
    assert.deepEqual(sysroot.status(), before);
    sysroot.expect(['undeploy', 'rollback']);
    sysroot.expect(['deploy', third]);
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
