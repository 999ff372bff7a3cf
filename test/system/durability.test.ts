/**
 * The order in which a commit is written, as the kernel saw it: what a power cut leaves follows from this order and
 * from what was flushed before what.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { printSignerKey, signerKeyFromSeed } from '../../src/formats/seal/key.js';
import { listObjects } from '../../src/repo/objects.js';
import { Repository } from '../../src/repo/repository.js';
import { makeTree } from '../helpers/kill.js';
import { Random } from '../helpers/random.js';
import { scratchDirectory } from '../helpers/scratch.js';
import { type Call, reasonForNoStrace, recordCalls } from '../helpers/strace.js';

const skip = reasonForNoStrace();

const WRITES = [
  'write',
  'writev',
  'pwrite64',
  'pwritev',
  'copy_file_range',
  'ftruncate',
  'sendfile',
];
const RENAMES = ['rename', 'renameat', 'renameat2'];
const FLUSHES = ['syncfs', 'fsync', 'fdatasync'];

interface Setup {
  readonly repository: Repository;
  readonly files: readonly string[];
  /** Commits the tree; returns the calls and the objects that came. */
  readonly commit: () => { calls: Call[]; objects: string[] };
}

function makeSetup(t: TestContext): Setup {
  const scratch = fs.realpathSync(scratchDirectory(t));
  const tree = join(scratch, 'tree');
  // So many that threads write too.
  const files = makeTree(tree, new Random(1), 400);
  const repository = Repository.init(join(scratch, 'repo'), 'sha256');
  const key = join(scratch, 'key');
  fs.writeFileSync(key, `${printSignerKey(signerKeyFromSeed('test', Buffer.alloc(32, 7)))}\n`, {
    mode: 0o600,
  });
  const commit = () => {
    const before = new Set(listObjects(repository).digests);
    const calls = recordCalls(
      scratch,
      [...WRITES, ...RENAMES, ...FLUSHES],
      ['--repo', repository.path, 'commit', tree, '--branch', 'main', '--key', key],
    );
    const objects = listObjects(repository).digests.filter((digest) => !before.has(digest));
    return { calls, objects };
  };
  return { repository, files, commit };
}

test('objects get their names after a flush that follows their last write', { skip }, (t) => {
  const { files, commit } = makeSetup(t);
  const first = commit();
  assert.ok(first.objects.length > 300, 'most files are objects');
  checkObjects(first.calls, first.objects);
  for (const file of files.slice(0, 50)) fs.writeFileSync(file, `${file} is changed`.repeat(50));
  const second = commit();
  assert.ok(second.objects.length > 50, 'the changed files and the image are objects');
  checkObjects(second.calls, second.objects);
});

test(
  'a commit gets its name after its objects, its seal after it, the branch last',
  { skip },
  (t) => {
    const { repository, commit } = makeSetup(t);
    checkNames(repository, commit().calls);
  },
);

test(
  'a commit without new objects flushes the names of the old ones before it names them',
  { skip },
  (t) => {
    const { repository, commit } = makeSetup(t);
    commit();
    const { calls, objects } = commit();
    assert.deepEqual(objects, []);
    checkNames(repository, calls);
  },
);

function checkObjects(calls: readonly Call[], objects: readonly string[]): void {
  for (const digest of objects) {
    const [prefix, rest] = [digest.slice(0, 2), digest.slice(2)];
    const file = new RegExp(`/tmp/session-[^/]*/objects/${prefix}/${rest}$`);
    const writes = calls.filter((call) => WRITES.includes(call.name) && file.test(call.file ?? ''));
    const naming = calls.find(
      (call) =>
        RENAMES.includes(call.name) &&
        (call.paths[1]?.endsWith(`/repo/objects/${prefix}/${rest}`) === true ||
          (call.paths[1]?.endsWith(`/repo/objects/${prefix}`) === true && writes.length > 0)),
    );
    assert.ok(naming !== undefined, `nothing names object ${digest}`);
    assert.ok(writes.length > 0, `nothing writes object ${digest}`);
    const written = Math.max(...writes.map((call) => call.end));
    assert.ok(
      flushes(calls, 'syncfs', /\/repo\/tmp\//).some(
        (flush) => flush.start > written && flush.end < naming.start,
      ),
      `object ${digest} gets its name before it is flushed`,
    );
  }
}

function checkNames(repository: Repository, calls: readonly Call[]): void {
  const naming = (directory: string): Call => {
    const [only, ...others] = calls.filter(
      (call) => RENAMES.includes(call.name) && call.paths[1]?.startsWith(`${directory}/`) === true,
    );
    assert.ok(only !== undefined && others.length === 0, `one name is made in ${directory}`);
    return only;
  };
  const commit = naming(repository.file('commits'));
  const seal = naming(repository.file('seals'));
  const branch = naming(repository.file('refs/heads'));
  const objects = calls.filter(
    (call) =>
      RENAMES.includes(call.name) && call.paths[1]?.startsWith(repository.file('objects')) === true,
  );
  const named = Math.max(0, ...objects.map((call) => call.end));
  const between = (flush: Call, from: number, to: number): boolean =>
    flush.start > from && flush.end < to;
  assert.ok(
    flushes(calls, 'syncfs', /\/repo\/tmp\//).some((flush) => between(flush, named, commit.start)),
    'the names of objects are flushed before the commit gets its name',
  );
  for (const [what, call, next] of [
    ['commit', commit, seal],
    ['seal', seal, branch],
    ['branch', branch, undefined],
  ] as const) {
    const [from = '', to = ''] = call.paths;
    const written = lastWrite(calls, from);
    assert.ok(
      flushes(calls, 'fsync', from).some((flush) => between(flush, written, call.start)),
      `the ${what} is flushed before it gets its name`,
    );
    assert.ok(
      flushes(calls, 'fsync', to.slice(0, to.lastIndexOf('/'))).some((flush) =>
        between(flush, call.end, next?.start ?? Infinity),
      ),
      `the name of the ${what} is flushed before anything relies on it`,
    );
  }
}

function lastWrite(calls: readonly Call[], file: string): number {
  const writes = calls.filter((call) => WRITES.includes(call.name) && call.file === file);
  assert.ok(writes.length > 0, `nothing writes ${file}`);
  return Math.max(...writes.map((call) => call.end));
}

function flushes(calls: readonly Call[], name: string, file: RegExp | string): Call[] {
  return calls.filter(
    (call) =>
      call.name === name &&
      (typeof file === 'string' ? call.file === file : file.test(call.file ?? '')),
  );
}
