/** The library: commits, names and trees. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import {
  initRepository,
  openRepository,
  RootsealError,
  type Repository,
  type TreeEntry,
} from '../../src/api/index.js';
import { scratchDirectory } from '../helpers/scratch.js';

const TIME = new Date('2026-11-23T10:00:00.750Z');

interface Released {
  readonly scratch: string;
  readonly tree: string;
  readonly repository: Repository;
}

async function released(t: TestContext): Promise<Released> {
  const scratch = scratchDirectory(t);
  const tree = join(scratch, 'tree');
  fs.mkdirSync(join(tree, 'usr/bin'), { recursive: true });
  fs.writeFileSync(join(tree, 'usr/bin/tool'), 'x'.repeat(5000), { mode: 0o4755 });
  fs.chmodSync(join(tree, 'usr/bin/tool'), 0o4755);
  fs.linkSync(join(tree, 'usr/bin/tool'), join(tree, 'usr/bin/other'));
  fs.symlinkSync('usr/bin', join(tree, 'bin'));
  fs.writeFileSync(join(tree, 'small'), 'in the image');
  return { scratch, tree, repository: await initRepository(join(scratch, 'repo')) };
}

const paths = (entries: Iterable<TreeEntry>): string[] => Array.from(entries, ({ path }) => path);

test('what was committed is listed, read and told apart', async (t) => {
  const { scratch, tree, repository } = await released(t);
  const source = { kind: 'directory', path: tree } as const;
  const request = { source, branch: 'main', name: 'example', version: '1', time: TIME };
  const message = 'The first one.\n\nIt has no tool yet.';
  const first = await repository.commit({
    ...request,
    message: `${message}\n`,
    labels: { build: '17' },
  });
  assert.equal(first.commit.time, '2026-11-23T10:00:00Z');
  assert.deepEqual(first.commit.labels, { build: '17' });
  assert.equal(first.commit.message, message);
  assert.equal(first.newObjects, 1);
  await assert.rejects(repository.commit({ ...request, skipIfUnchanged: true }), (error) => {
    assert.ok(error instanceof RootsealError);
    assert.deepEqual([error.code, error.details['commitId']], ['UNCHANGED', first.id]);
    return true;
  });
  assert.equal((await repository.log('main')).length, 1);
  fs.writeFileSync(join(tree, 'small'), 'another one');
  const second = await repository.commit({ ...request, version: '2' });
  assert.deepEqual([second.commit.parent, second.commit.message], [first.id, undefined]);

  const again = await openRepository(repository.path);
  assert.deepEqual(await again.show('main'), {
    id: second.id,
    commit: second.commit,
    sealed: false,
  });
  const log = await again.log('main');
  assert.deepEqual(
    log.map(({ id }) => id),
    [second.id, first.id],
  );
  assert.equal((await again.log('main', { limit: 1 })).length, 1);
  const changes = await again.diff('main^', 'main');
  assert.deepEqual(
    changes.filter(({ path }) => path === '/small').map(({ kind }) => kind),
    ['modified'],
  );

  const found = await again.readTree('main');
  assert.equal(found.commit, second.id);
  assert.deepEqual(paths(found.walk()), [
    '/',
    '/bin',
    '/small',
    '/usr',
    '/usr/bin',
    '/usr/bin/other',
    '/usr/bin/tool',
  ]);
  assert.deepEqual(paths(found.list('bin')), ['/bin/other', '/bin/tool']);
  const tool = found.entry('/usr/bin/tool');
  assert.deepEqual(
    [
      tool?.type,
      tool?.mode,
      tool?.size,
      tool?.nlink,
      found.entry('/bin')?.target,
      found.entry('/none'),
    ],
    ['file', 0o4755, 5000, 2, 'usr/bin', undefined],
  );
  assert.deepEqual(found.objects(), [tool?.digest]);
  assert.equal(Buffer.from(await found.readFile('/bin/tool')).toString(), 'x'.repeat(5000));
  const chunks: Uint8Array[] = [];
  for await (const chunk of found.openFile('small')) chunks.push(chunk);
  assert.equal(Buffer.concat(chunks).toString(), 'another one');

  const target = join(scratch, 'out');
  const { files } = await again.checkOut('main', target);
  assert.equal(files, 7);
  assert.equal(fs.readFileSync(join(target, 'small'), 'utf8'), 'another one');
  assert.deepEqual(
    await again.check().then(({ ok, commits, findings }) => ({ ok, commits, findings })),
    {
      ok: true,
      commits: 2,
      findings: [],
    },
  );
});

test('an archive that is exported and committed as a stream has the image that it had', async (t) => {
  const { scratch, tree, repository } = await released(t);
  const source = { kind: 'directory', path: tree } as const;
  const { commit } = await repository.commit({ source, branch: 'main', time: TIME });
  const archive = join(scratch, 'archive.tar');
  await fs.promises.writeFile(archive, repository.exportTar('main'));
  assert.match(execFileSync('tar', ['-tf', archive], { encoding: 'utf8' }), /usr\/bin\/tool/);
  const stream = repository.exportTar('main');
  const copy = await repository.commit({ source: { kind: 'tar', stream }, branch: 'copy' });
  assert.equal(copy.commit.image, commit.image);
  assert.deepEqual(copy.notKept, []);
});

test('calls of one process may run at the same time', async (t) => {
  const { tree, repository } = await released(t);
  const source = { kind: 'directory', path: tree } as const;
  const again = await openRepository(repository.path);
  const commits = await Promise.all(
    ['a', 'b', 'c', 'd'].map((branch, index) =>
      (index % 2 === 0 ? repository : again).commit({ source, branch, time: TIME }),
    ),
  );
  assert.equal(new Set(commits.map(({ commit }) => commit.image)).size, 1);
  // Of one branch, one wins, and the other is told so.
  const same = { source, branch: 'same', time: TIME };
  const outcomes = await Promise.allSettled([repository.commit(same), again.commit(same)]);
  for (const outcome of outcomes)
    if (outcome.status === 'rejected')
      assert.match(String(outcome.reason), /branch same exists already/);
  assert.ok(outcomes.some(({ status }) => status === 'fulfilled'));
  const [{ refs }, { ok, commits: count }, tar] = await Promise.all([
    repository.refs(),
    again.check(),
    (async () => {
      let size = 0;
      for await (const chunk of repository.exportTar('a')) size += chunk.length;
      return size;
    })(),
  ]);
  assert.deepEqual([refs.length, ok, tar % 512], [5, true, 0]);
  assert.ok(count >= 5);
});

test('branches move, tags do not, and a branch that is elsewhere is not moved', async (t) => {
  const { tree, repository } = await released(t);
  const source = { kind: 'directory', path: tree } as const;
  const first = await repository.commit({ source, branch: 'main', time: TIME });
  const second = await repository.commit({ source, branch: 'main', time: TIME });
  await repository.setRef({ kind: 'tag', name: 'v1', revision: 'main^' });
  await assert.rejects(repository.setRef({ kind: 'tag', name: 'v1', revision: 'main' }), {
    code: 'FAILED',
  });
  const branch = { kind: 'branch', name: 'stable', revision: 'main' } as const;
  await repository.setRef({ ...branch, from: 'none' });
  await assert.rejects(repository.setRef({ ...branch, from: first.id }), { code: 'FAILED' });
  await repository.setRef({ ...branch, revision: 'v1', from: second.id });
  assert.equal(await repository.deleteRef('branch', 'main'), second.id);
  const { refs, damaged } = await repository.refs();
  assert.deepEqual(damaged, []);
  assert.deepEqual(refs, [
    { kind: 'branch', name: 'stable', commit: first.id },
    { kind: 'tag', name: 'v1', commit: first.id },
  ]);
});

test('a name that is not UTF-8, and one with a backslash, are found by what the listing says', async (t) => {
  const { tree, repository } = await released(t);
  fs.writeFileSync(Buffer.concat([Buffer.from(`${tree}/`), Buffer.of(0x61, 0xff)]), 'odd');
  fs.writeFileSync(join(tree, 'back\\slash'), 'plain');
  const source = { kind: 'directory', path: tree } as const;
  await repository.commit({ source, branch: 'main', time: TIME });
  const found = await repository.readTree('main');
  const odd = found.list('/').find(({ path }) => path === '/a\\xff');
  assert.ok(odd);
  assert.equal(Buffer.from(await found.readFile(odd.pathBytes)).toString(), 'odd');
  assert.equal(found.entry(odd.pathBytes)?.path, odd.path);
  assert.equal(Buffer.from(await found.readFile('/back\\slash')).toString(), 'plain');
});

test('each failure has its code, also where a system call failed', async (t) => {
  const { scratch, tree, repository } = await released(t);
  const source = { kind: 'directory', path: tree } as const;
  await repository.commit({ source, branch: 'main', time: TIME });
  const found = await repository.readTree('main');
  const failing: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['REPOSITORY_NOT_FOUND', () => openRepository(join(scratch, 'none'))],
    ['USAGE', () => initRepository(tree)],
    ['REVISION_NOT_FOUND', () => repository.show('none')],
    ['USAGE', () => repository.commit({ source, branch: 'main', name: 'a name' })],
    ['USAGE', () => repository.commit({ source, branch: 'main', version: '' })],
    ['USAGE', () => repository.commit({ source, branch: 'main', sequence: 0.5 })],
    ['USAGE', () => repository.commit({ source, branch: 'main', message: '\n' })],
    ['USAGE', () => repository.commit({ source, branch: 'main', message: 'a\tb' })],
    ['USAGE', () => repository.commit({ source, branch: 'main', labels: { 'a b': 'c' } })],
    ['USAGE', () => repository.commit({ source, branch: 'main', time: new Date(NaN) })],
    ['USAGE', () => repository.commit({ source, branch: 'main', git: '/proc' })],
    ['USAGE', () => repository.commit({ source, branch: '../x' })],
    [
      'PATH_NOT_FOUND',
      () =>
        repository.commit({
          source: { kind: 'tar', path: join(scratch, 'no.tar') },
          branch: 'main',
        }),
    ],
    [
      'FORMAT_INVALID',
      () =>
        repository.commit({
          source: { kind: 'tar', stream: bytesOf('no archive'.repeat(100)) },
          branch: 'main',
        }),
    ],
    ['PATH_NOT_FOUND', () => found.readFile('/none')],
    ['USAGE', () => found.readFile('/usr')],
    ['USAGE', () => found.readFile('/usr/bin/tool', { maxBytes: 4999 })],
    ['PATH_NOT_FOUND', () => repository.checkOut('main', join(scratch, 'no/such/parent'))],
    ['USAGE', () => repository.checkOut('main', tree)],
    ['PATH_NOT_FOUND', () => repository.removeRemote('none')],
  ];
  for (const [code, call] of failing)
    await assert.rejects(
      call,
      { name: /^(?:Rootseal|Syscall|Format)Error$/, code },
      call.toString(),
    );
  assert.throws(() => found.list('/small'), { code: 'USAGE' });
  assert.throws(() => found.list('/none'), { code: 'PATH_NOT_FOUND' });
});

// eslint-disable-next-line @typescript-eslint/require-await -- a stream
async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

test('the check finds what was damaged, and a damaged content is not given out', async (t) => {
  const { tree, repository } = await released(t);
  const source = { kind: 'directory', path: tree } as const;
  await repository.commit({ source, branch: 'main', time: TIME });
  const found = await repository.readTree('main');
  const digest = found.entry('/usr/bin/tool')?.digest ?? '';
  const file = join(repository.path, 'objects', digest.slice(0, 2), digest.slice(2));
  fs.rmSync(file);
  fs.writeFileSync(file, 'y'.repeat(5000));
  await assert.rejects(found.readFile('/usr/bin/tool'), { code: 'OBJECT_CORRUPT' });
  const { ok, findings } = await repository.check();
  assert.equal(ok, false);
  assert.deepEqual(
    findings.map(({ kind, subject }) => ({ kind, subject })),
    [{ kind: 'object-corrupt', subject: digest }],
  );
  assert.deepEqual(findings[0]?.affects[0]?.refs, ['main']);
});
