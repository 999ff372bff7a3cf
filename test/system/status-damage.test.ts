/**
 * Each file that `status` reads is damaged, one after the other: that is told, or changes nothing, and everything else is told all the
 * same. The program is called for one of them; the others are looked at in this process, because there are many.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Sysroot } from '../../src/deploy/host/sysroot.js';
import { hostStatus } from '../../src/deploy/status/host-status.js';
import type { StatusReport } from '../../src/deploy/status/status-report.js';
import { TestSysroot } from '../helpers/sysroot.js';

/** What can lie in the place of a file; root may read all that modes forbid, so none of it is about modes. */
const DAMAGES: Readonly<Record<string, (path: string) => void>> = {
  'a directory': (path) => {
    fs.mkdirSync(join(path, 'inside'), { recursive: true });
  },
  garbage: (path) => {
    fs.writeFileSync(path, Buffer.from('\0\xff garbage\n{]', 'latin1'));
  },
  'a link that leads in a circle': (path) => {
    fs.symlinkSync(path, path);
  },
  'a fifo': (path) => {
    execFileSync('mkfifo', [path]);
  },
  'an empty file': (path) => {
    fs.writeFileSync(path, '');
  },
};

/** Facts that have nothing to do with each other, each with what `status` says of it. */
const FACTS: readonly (readonly [name: string, sentence: RegExp])[] = [
  ['a note of a loss', /^\/var of another was lost$/],
  ['another note', /^\/etc of another was lost$/],
  ['a stray boot entry', /^boot entry rootseal-os-99\.conf belongs to no deployment$/],
  ['a state of nobody', /^the state of f{64} belongs to no deployment$/],
  ['a link that is gone', /^os 1 \(\w+\): state\/deploy\/\w+\/var is not a symbolic link/],
  ['an object that is gone', /^os 1 \(\w+\): 1 object of its image is missing/],
  ['a conflict', /^1 conflict in \/etc of 2: look/],
  ['a shutdown that failed', /^the shutdown at 2026-01-01T00:00:00Z did not make 3 the default/],
  ['a rule that is malformed', /^\/etc cannot be merged for what is staged: .*10-site\.conf/],
];

/** Release 1 is there to roll back to, 2 is the default, 3 is staged, and all of `FACTS` hold. */
function troubled(sysroot: TestSysroot): void {
  sysroot.expect(['deploy', sysroot.release('1', { files: { 'usr/lib/own': 'own '.repeat(99) } })]);
  sysroot.expect(['bless', 'default']);
  fs.writeFileSync(sysroot.state('default', 'etc/version'), 'mine\n');
  sysroot.expect(['deploy', sysroot.release('2')]);
  sysroot.expect(['bless', 'default']);
  sysroot.expect(['deploy', sysroot.release('3'), '--stage']);
  const { roles } = sysroot.status();
  const own = sysroot.repository.digestOf('main^^', '/usr/lib/own');
  const write = (relative: string, content: string) => {
    const file = sysroot.file(relative);
    fs.mkdirSync(join(file, '..'), { recursive: true });
    fs.writeFileSync(file, content);
  };
  write('state/lost/var-another.note', '/var of another was lost\n');
  write('state/lost/etc-another.note', '/etc of another was lost\n');
  write('boot/loader/entries/rootseal-os-99.conf', 'title stray\nlinux /rootseal/x/vmlinuz\n');
  write(`state/deploy/${'f'.repeat(64)}/etc/hostname`, 'nobody\n');
  write(`state/deploy/${roles.default ?? ''}/etc/rootseal/etc.d/10-site.conf`, 'nonsense\n');
  const stamp = { time: '2026-01-01T00:00:00Z', id: roles.staged, error: 'x', reported: true };
  write('state/finalize-failed.json', JSON.stringify(stamp));
  fs.rmSync(sysroot.state('rollback', 'var'));
  fs.rmSync(sysroot.repository.objectFile(own));
}

/** A file that `status` reads, and which of the facts are in it, or cannot be known without it. */
interface Target {
  readonly path: (report: StatusReport) => string;
  readonly hides: readonly string[];
  /** What may lie there, and says no less than what should. */
  readonly harmless?: readonly (keyof typeof DAMAGES)[];
}

const CONFLICT = 'a conflict';
const STAGED = ['a shutdown that failed', 'a rule that is malformed'];
const IMAGES = ['an object that is gone', 'a rule that is malformed'];

const hexOf = (report: StatusReport, role: 'default' | 'staged' | 'rollback') =>
  report.roles[role] ?? '';
const commitOf = (report: StatusReport, role: 'default' | 'staged' | 'rollback') =>
  report.deployments.find(({ id }) => id === report.roles[role])?.commit ?? '';

const TARGETS: Readonly<Record<string, Target>> = {
  // What is staged and what to roll back to is known from the record alone; a state without `/var` is no deployment to boot.
  'the record': { path: () => 'state/deployments.json', hides: STAGED },
  'the sequence floor': { path: () => 'state/sequence-floor', hides: [] },
  'the last check': { path: () => 'state/last-check.json', hides: [] },
  'the stamp of a shutdown': {
    path: () => 'state/finalize-failed.json',
    hides: ['a shutdown that failed'],
  },
  'a note of a loss': { path: () => 'state/lost/var-another.note', hides: ['a note of a loss'] },
  'all notes': {
    path: () => 'state/lost',
    hides: ['a note of a loss', 'another note'],
    harmless: ['a directory'],
  },
  'the report of the merge': {
    path: (report) => `state/deploy/${hexOf(report, 'default')}/etc-conflicts.json`,
    hides: [CONFLICT],
  },
  'the facts of a deployment': {
    path: (report) => `state/deploy/${hexOf(report, 'default')}/deployment.json`,
    hides: [],
    // Only read when the record is damaged.
    harmless: Object.keys(DAMAGES),
  },
  'the state of what to roll back to': {
    path: (report) => `state/deploy/${hexOf(report, 'rollback')}`,
    hides: ['a link that is gone'],
  },
  'the /etc of the default': {
    path: (report) => `state/deploy/${hexOf(report, 'default')}/etc`,
    hides: ['a rule that is malformed'],
    harmless: ['a directory'],
  },
  'all states': {
    path: () => 'state/deploy',
    hides: ['a state of nobody', 'a link that is gone', CONFLICT, 'a rule that is malformed'],
  },
  '/var': { path: () => 'state/os/os/var', hides: [], harmless: ['a directory'] },
  'meta.json': { path: () => 'composefs/meta.json', hides: IMAGES },
  'the lock of the repository': {
    path: () => 'composefs/lock',
    hides: ['a rule that is malformed'],
    harmless: ['a fifo', 'garbage', 'an empty file'],
  },
  'all refs': { path: () => 'composefs/refs', hides: [] },
  'a ref of a deployment': {
    path: (report) => `composefs/refs/deployments/${hexOf(report, 'default')}`,
    hides: [],
  },
  'a commit': { path: (report) => `composefs/commits/${commitOf(report, 'default')}`, hides: [] },
  'the name of an image': {
    path: (report) => `composefs/images/${hexOf(report, 'staged')}`,
    hides: [],
  },
  'the image of what is staged': {
    path: (report) => `composefs/${objectOf(hexOf(report, 'staged'))}`,
    hides: ['a rule that is malformed'],
  },
  'the image of the default': {
    path: (report) => `composefs/${objectOf(hexOf(report, 'default'))}`,
    hides: ['a rule that is malformed'],
  },
  'all boot entries': { path: () => 'boot/loader/entries', hides: ['a stray boot entry'] },
  'a boot entry': { path: () => 'boot/loader/entries/rootseal-os-2.conf', hides: [] },
  'loader.conf': {
    path: () => 'boot/loader/loader.conf',
    hides: [],
    harmless: ['garbage', 'an empty file'],
  },
  'all kernels': { path: () => 'boot/rootseal', hides: [] },
  'the ESP': { path: () => 'boot', hides: ['a stray boot entry'] },
};

function objectOf(hex: string): string {
  return `objects/${hex.slice(0, 2)}/${hex.slice(2)}`;
}

function factsIn({ problems }: StatusReport): string[] {
  return FACTS.filter(([, sentence]) => problems.some((line) => sentence.test(line))).map(
    ([name]) => name,
  );
}

test('a file that cannot be read hides nothing but what is in it', async (t) => {
  const sysroot = TestSysroot.inMemory(t);
  troubled(sysroot);
  const look = () => hostStatus(Sysroot.openToTell({ sysroot: sysroot.directory }));
  const whole = await look();
  assert.deepEqual(
    factsIn(whole),
    FACTS.map(([name]) => name),
  );
  for (const [target, { path: pathOf, hides, harmless = [] }] of Object.entries(TARGETS))
    for (const [damage, make] of Object.entries(DAMAGES))
      await t.test(`${damage} in the place of ${target}`, async () => {
        const path = sysroot.file(pathOf(whole));
        const aside = join(sysroot.scratch, 'aside');
        const isThere = fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined;
        if (isThere) fs.renameSync(path, aside);
        try {
          make(path);
          const report = await look();
          const found = factsIn(report);
          const lost = FACTS.map(([name]) => name).filter(
            (name) => !hides.includes(name) && !found.includes(name),
          );
          assert.deepEqual(lost, [], report.problems.join('\n'));
          const news = report.problems.filter((line) => !whole.problems.includes(line));
          assert.ok(news.length > 0 || harmless.includes(damage), 'it is told');
          for (const line of report.problems)
            assert.doesNotMatch(line, /TypeError|undefined|\[object/);
        } finally {
          fs.rmSync(path, { recursive: true, force: true });
          if (isThere) fs.renameSync(aside, path);
        }
      });
  assert.deepEqual(await look(), whole);
});

test('the program tells the rest and ends with 3 when a note of a loss is a directory', (t) => {
  const sysroot = TestSysroot.inMemory(t);
  sysroot.expect(['deploy', sysroot.release('1')]);
  sysroot.expect(['bless', 'default']);
  sysroot.expect(['status', '--check']);
  fs.mkdirSync(sysroot.file('state/lost/a.note'), { recursive: true });
  fs.writeFileSync(sysroot.file('state/lost/b.note'), 'b was lost\n');
  fs.rmSync(sysroot.state('default', 'var'));
  sysroot.expect(['status', '--check'], 3);
  const problems = sysroot.status().problems.join('\n');
  assert.match(problems, /^something was lost, and what it was cannot be read in \S+a\.note: /m);
  assert.match(problems, /^b was lost$/m);
  assert.match(problems, /var is not a symbolic link/);
  assert.match(sysroot.call(['repair']).stdout, /made the link/);
  sysroot.expect(['repair', '--acknowledge']);
  sysroot.expect(['status', '--check']);
});
