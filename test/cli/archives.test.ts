/** What the program tells about archives, and what it takes for one. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type CallResult, rootseal } from '../helpers/cli.js';
import { scratchDirectory } from '../helpers/scratch.js';
import { archive, member, pax } from '../helpers/tar-archive.js';

interface Setup {
  readonly scratch: string;
  readonly commit: (bytes: Uint8Array, ...options: string[]) => CallResult;
}

function makeSetup(t: TestContext): Setup {
  const scratch = scratchDirectory(t);
  const repo = join(scratch, 'repo');
  assert.equal(rootseal(['init', repo]).status, 0);
  const commit = (bytes: Uint8Array, ...options: string[]) =>
    rootseal(['commit', 'tar:-', '--branch', 'main', '--repo', repo, ...options], { input: bytes });
  return { scratch, commit };
}

const flags = pax([
  ['SCHILY.fflags', 'nodump'],
  ['atime', '5'],
]);
const lossy = archive(
  flags,
  member({ name: './f' }),
  flags,
  member({ name: './g' }),
  member({ name: './etc/.wh.motd' }),
);
const FLAGS = { what: 'SCHILY.fflags', memberCount: 2, first: './f' };
const ATIME = { what: 'atime', memberCount: 2, first: './f' };
const WHITEOUT = {
  what: 'meaning of a .wh. name, by which a layer removes files: it is a file here',
  memberCount: 1,
  first: './etc/.wh.motd',
};
const remarks = ({ stderr }: CallResult) =>
  stderr.split('\n').filter((line) => line.startsWith('the archive has'));

test('what an archive has and an image does not hold is told once, with a count, and in --json', (t) => {
  const { scratch, commit } = makeSetup(t);
  const plain = commit(lossy);
  assert.equal(plain.status, 0);
  const told = [
    'the archive has what is not kept: SCHILY.fflags (2 members, the first is ./f)',
    `the archive has what is not kept: ${WHITEOUT.what} (1 member, the first is ${WHITEOUT.first})`,
  ];
  assert.deepEqual(remarks(plain), told);
  assert.equal(remarks(commit(lossy, '--verbose')).length, 3);
  assert.deepEqual(remarks(commit(lossy, '--quiet')), []);
  const document = (result: CallResult) =>
    (JSON.parse(result.stdout) as { notKept: unknown }).notKept;
  assert.deepEqual(document(commit(lossy, '--json')), [FLAGS, ATIME, WHITEOUT]);
  assert.deepEqual(document(commit(archive(member({})), '--json')), []);

  const file = join(scratch, 'x.tar');
  fs.writeFileSync(file, lossy);
  for (const args of [
    ['image', 'create', `tar:${file}`, join(scratch, 'image')],
    ['image', 'digest', `tar:${file}`],
  ]) {
    assert.deepEqual(remarks(rootseal(args)), told);
    assert.deepEqual(document(rootseal([...args, '--json'])), [FLAGS, ATIME, WHITEOUT]);
  }
});

test('an archive with very many keywords of its own is told in few lines', (t) => {
  const { commit } = makeSetup(t);
  const records = Array.from({ length: 1000 }, (_, index) => [`X.${index}`, 'x'] as const);
  const result = commit(archive(pax(records), member({})));
  assert.equal(result.status, 0);
  assert.equal(remarks(result).length, 33);
  assert.match(remarks(result).at(-1) ?? '', /: other keywords \(968 members/);
});

test('what is not an archive is named, with status 17', (t) => {
  const { commit } = makeSetup(t);
  for (const [bytes, message] of [
    [Buffer.from('BZh91AY&SY'), /this is not a tar archive, .*: it begins as bzip2 does$/m],
    [Buffer.from('PK\x03\x04'), /it begins as a zip archive does$/m],
    [Buffer.from('no archive'), /this is not a tar archive, or a compression that is not read$/m],
    [Buffer.alloc(0), /there is nothing in it/],
  ] as const) {
    const { status, stderr } = commit(bytes);
    assert.equal(status, 17, stderr);
    assert.match(stderr, message);
  }
});

test('a sparse map of 60,000 pieces in a pax header names the limit', (t) => {
  const { scratch } = makeSetup(t);
  const records = Array.from({ length: 60_000 }, (_, index) => [
    ['GNU.sparse.offset', String(index * 8192)] as const,
    ['GNU.sparse.numbytes', '4096'] as const,
  ]).flat();
  const file = join(scratch, 'x.tar');
  fs.writeFileSync(file, archive(pax(records), member({})));
  const { status, stderr } = rootseal(['image', 'digest', `tar:${file}`]);
  assert.equal(status, 17);
  assert.match(stderr, /an extended header of \d+ bytes, and the limit is 1048576/);
});

test('a source that is of another kind, or not there, is named in the words that it was given with', (t) => {
  const { scratch } = makeSetup(t);
  const file = join(scratch, 'file');
  fs.writeFileSync(file, 'x');
  const commit = (source: string) =>
    rootseal(['commit', source, '--branch', 'main', '--repo', join(scratch, 'repo')]);
  const cases: [source: string, status: number, message: RegExp][] = [
    [file, 2, /file is not a directory\nhint: say what the file is/],
    [`tar:${scratch}`, 2, /tar:.*: this is a directory\nhint: /],
    [`dump:${scratch}`, 2, /dump:.*: this is a directory\nhint: /],
    [`image:${scratch}`, 2, /image:.*: this is a directory\nhint: /],
    [`tar:${file}-2`, 10, /^error: tar:.*file-2: no such file or directory$/m],
    [`${scratch}-2`, 10, /^error: .*-2: no such file or directory$/m],
  ];
  for (const [source, status, message] of cases) {
    const result = commit(source);
    assert.equal(result.status, status, result.stderr);
    assert.match(result.stderr, message);
  }
});
