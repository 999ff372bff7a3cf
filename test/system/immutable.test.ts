/** Files that chattr(1) made to stay, and other things that cannot be removed, keep a host from no change. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { listMounts } from '../../src/deploy/host/mount-points.js';
import { removeTree } from '../../src/linux/remove.js';
import { reasonForNoMounts } from '../helpers/mounts.js';
import { TestSysroot } from '../helpers/sysroot.js';

const noMounts = reasonForNoMounts();

/** A directory in which flags may stay until the test ends. */
function flagged(t: TestContext): string {
  const scratch = fs.mkdtempSync(join(tmpdir(), 'rootseal-test-'));
  t.after(() => {
    unmountIn(scratch);
    try {
      execFileSync('chattr', ['-R', '-f', '-i', '-a', scratch], { stdio: 'ignore' });
    } catch {
      // Without such flags there is nothing to take off.
    }
    execFileSync('rm', ['-rf', '--one-file-system', scratch]);
  });
  return scratch;
}

/** Why there are no such flags here, or nothing. */
function reasonForNoFlags(): string | false {
  const directory = fs.mkdtempSync(join(tmpdir(), 'rootseal-test-'));
  try {
    for (const flag of ['+i', '-i'])
      execFileSync('chattr', [flag, directory], { stdio: ['ignore', 'ignore', 'pipe'] });
    return false;
  } catch {
    return `chattr +i is not possible in ${tmpdir()}`;
  } finally {
    fs.rmSync(directory, { recursive: true });
  }
}

const noFlags = reasonForNoFlags();

/** One good release. */
function deployed(scratch: string): TestSysroot {
  const sysroot = TestSysroot.makeIn(scratch);
  sysroot.expect(['deploy', sysroot.release('1')]);
  sysroot.expect(['bless', 'default']);
  return sysroot;
}

function upgrade(sysroot: TestSysroot, version: string): void {
  sysroot.expect(['deploy', sysroot.release(version), '--stage']);
  sysroot.expect(['finalize-staged']);
  sysroot.expect(['bless', 'default']);
}

test(
  'a directory is removed with files and directories that are immutable or append-only',
  { skip: noFlags },
  (t) => {
    const scratch = flagged(t);
    const top = join(scratch, 'top');
    fs.mkdirSync(join(top, 'a/b'), { recursive: true });
    for (const name of ['a/b/file', 'a/file', 'file']) fs.writeFileSync(join(top, name), 'x');
    execFileSync('mkfifo', [join(top, 'a/fifo')]);
    fs.symlinkSync('/nowhere', join(top, 'a/link'));
    execFileSync('chattr', ['+i', join(top, 'a/b/file'), join(top, 'a/b')]);
    execFileSync('chattr', ['+a', join(top, 'a/file'), join(top, 'a')]);
    execFileSync('chattr', ['+i', join(top, 'file'), top]);
    removeTree(top);
    assert.equal(fs.existsSync(top), false);
  },
);

test(
  'files of /etc that are immutable stop no later change, do not come over as such, and go with their deployment',
  { skip: noFlags },
  (t) => {
    const sysroot = deployed(flagged(t));
    const etc = sysroot.state('default', 'etc');
    fs.writeFileSync(join(etc, 'resolv.conf'), 'nameserver ::1\n');
    fs.mkdirSync(join(etc, 'log'));
    execFileSync('chattr', ['+a', join(etc, 'log')]);
    execFileSync('chattr', ['+i', join(etc, 'resolv.conf'), etc]);
    for (const version of ['2', '3']) upgrade(sysroot, version);
    const copied = sysroot.state('default', 'etc/resolv.conf');
    assert.equal(fs.readFileSync(copied, 'utf8'), 'nameserver ::1\n');
    fs.writeFileSync(copied, 'nameserver ::2\n');
    for (const verb of ['rollback', 'repair', 'boot-complete']) sysroot.expect([verb]);
    assert.deepEqual(sysroot.status().problems, []);
    assert.equal(fs.readdirSync(sysroot.file('state/deploy')).length, 2);
  },
);

test(
  'what cannot be removed at all stops no change, is a problem in status, and goes when it can',
  { skip: noMounts },
  (t) => {
    const scratch = flagged(t);
    const sysroot = deployed(scratch);
    const place = sysroot.state('default', 'etc/mounted');
    fs.mkdirSync(place);
    execFileSync('mount', ['-t', 'tmpfs', 'test', place]);
    for (const version of ['2', '3']) upgrade(sysroot, version);
    for (const verb of [['rollback'], ['repair'], ['pin', 'default']]) sysroot.expect(verb);
    const { problems, interrupted } = sysroot.status();
    assert.equal(interrupted, null);
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? '', /^state\/deploy\/\S+ is left over/);
    sysroot.expect(['status', '--check'], 3);
    unmountIn(scratch);
    sysroot.expect(['unpin', 'default']);
    assert.deepEqual(sysroot.status().problems, []);
  },
);

test(
  'a boot entry that cannot be removed stops no change, keeps what it needs, and goes when it can',
  { skip: noFlags },
  (t) => {
    const sysroot = deployed(flagged(t));
    const [file = ''] = sysroot.entries();
    const entry = sysroot.file(`boot/loader/entries/${file}`);
    const state = sysroot.state('default', 'etc');
    execFileSync('chattr', ['+i', entry]);
    for (const version of ['2', '3']) upgrade(sysroot, version);
    for (const verb of [['rollback'], ['repair'], ['pin', 'default']]) sysroot.expect(verb);
    assert.ok(fs.existsSync(entry));
    assert.ok(fs.existsSync(state), 'what the entry would start is there');
    assert.match(
      sysroot.status().problems.join('\n'),
      new RegExp(`${file} belongs to no deployment`),
    );
    execFileSync('chattr', ['-i', entry]);
    sysroot.expect(['unpin', 'default']);
    assert.deepEqual(sysroot.status().problems, []);
    assert.equal(fs.existsSync(state), false);
  },
);

function unmountIn(directory: string): void {
  const points = listMounts().map(({ point }) => point);
  for (const point of points.filter((one) => one.startsWith(`${directory}/`)))
    execFileSync('umount', ['--lazy', point]);
}
