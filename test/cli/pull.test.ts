/** `rootseal remote` and `rootseal pull` as people call them, over HTTP and from directories. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test, type TestContext } from 'node:test';
import { listObjects, objectSize } from '../../src/repo/objects.js';
import { Repository } from '../../src/repo/repository.js';
import { startRootseal } from '../helpers/cli-async.js';
import type { CallResult } from '../helpers/cli.js';
import { BRANCH, filesOf, publication, Puller } from '../helpers/remote.js';
import { expectStatus, TestRepository, TIME } from '../helpers/repository.js';
import { scratchDirectory } from '../helpers/scratch.js';
import { StaticServer } from '../helpers/static-server.js';

interface PullDocument {
  readonly commitId: string;
  readonly name: string;
  readonly release: string;
  readonly objectCount: number;
  readonly bytes: number;
}

function pull(puller: Puller, ...options: string[]): Promise<CallResult> {
  const args = ['--repo', puller.repository.path, 'pull', 'origin', BRANCH, ...options];
  return startRootseal(args).ended;
}

function parse(text: string): PullDocument {
  return JSON.parse(text) as PullDocument;
}

/** Bytes of all objects of a repository. */
function objectBytes({ path }: TestRepository): number {
  const repository = Repository.open(path);
  const { digests } = listObjects(repository);
  return digests.reduce((sum, digest) => sum + (objectSize(repository, digest) ?? 0), 0);
}

test('a remote is added, listed and removed', (t) => {
  const repository = TestRepository.make(t);
  repository.expect(['remote', 'add', 'origin', 'https://example.org/os']);
  repository.expect(['remote', 'add', 'b', '/srv/os', '--keys', '/k', '--policy', '/p']);
  assert.equal(
    fs.readFileSync(repository.file('remotes.d/b.toml'), 'utf8').trimEnd(),
    'url = "/srv/os"\nkeys = "/k"\npolicy = "/p"',
  );
  assert.deepEqual(repository.json(['remote', 'list']), {
    version: 1,
    remotes: [
      { name: 'b', url: '/srv/os', keysDirectory: '/k', policyFile: '/p' },
      { name: 'origin', url: 'https://example.org/os', keysDirectory: null, policyFile: null },
    ],
  });
  repository.expect(['remote', 'remove', 'b']);
  assert.match(repository.expect(['remote', 'list']), /^origin +https:\/\/example.org\/os *$/);
  assert.deepEqual(repository.call(['fsck']).status, 0);
});

test('a remote is not added twice, nor under a bad name, nor with a password', (t) => {
  const repository = TestRepository.make(t);
  repository.expect(['remote', 'add', 'origin', '/srv/os']);
  for (const [name, url] of [
    ['origin', '/srv/other'],
    ['a/b', '/srv/os'],
    ['.x', '/srv/os'],
    ['x', 'srv/os'],
    ['x', 'ftp://example.org/'],
    ['x', 'https://user:hunter2@example.org/'],
    ['x', 'https://example.org/?token=hunter2'],
  ] as const) {
    const { status, stderr } = repository.call(['remote', 'add', name, url]);
    assert.equal(status, 2, `${name} ${url}`);
    assert.doesNotMatch(stderr, /hunter2/);
  }
  assert.deepEqual(repository.json(['remote', 'list']), {
    version: 1,
    remotes: [{ name: 'origin', url: '/srv/os', keysDirectory: null, policyFile: null }],
  });
});

test('a remote that is not there is status 10, a malformed one 17, and it can be removed', (t) => {
  const repository = TestRepository.make(t);
  expectStatus(repository.call(['pull', 'origin', 'main']), 10);
  expectStatus(repository.call(['remote', 'remove', 'origin']), 10);
  fs.mkdirSync(repository.file('remotes.d'));
  fs.writeFileSync(repository.file('remotes.d/origin.toml'), 'url = "/srv"\nuser = "me"\n');
  const { status, stderr } = repository.call(['pull', 'origin', 'main']);
  assert.equal(status, 17);
  assert.match(stderr, /remotes\.d\/origin\.toml: remote: user: the fields are url, keys, policy/);
  repository.expect(['remote', 'remove', 'origin']);
});

test('a pull over HTTP brings the commit, its seal and every object, exactly as many bytes as it said', async (t) => {
  const { repository, commit, keys } = publication(t);
  const server = await StaticServer.start(t, repository.path);
  const puller = new Puller(t, { name: 'origin', url: server.url, keys });
  const planned = parse(expectStatus(await pull(puller, '--dry-run', '--json')));
  assert.equal(planned.bytes, objectBytes(repository));
  assert.equal(puller.repository.call(['rev-parse', `origin/${BRANCH}`]).status, 10);
  const pulled = parse(expectStatus(await pull(puller, '--json')));
  // The image came with the dry run and stayed.
  assert.equal(server.objectBytes(), planned.bytes);
  assert.deepEqual([pulled.commitId, pulled.objectCount], [commit, planned.objectCount]);
  assert.equal(puller.repository.expect(['rev-parse', `origin/${BRANCH}`]), commit);
  puller.repository.expect(['verify', `origin/${BRANCH}`, '--keys', keys]);
  puller.repository.expect(['fsck']);
  assert.equal(puller.repository.expect(['diff', commit, `origin/${BRANCH}`]), '');
  assert.match(puller.repository.expect(['log', `origin/${BRANCH}`]), new RegExp(commit));
  assert.deepEqual(puller.leftovers(), []);
});

test('a pull prints the id; the next one, with nothing new, is status 77 and fetches no object', async (t) => {
  const { repository, commit, keys } = publication(t);
  const server = await StaticServer.start(t, repository.path);
  const puller = new Puller(t, { name: 'origin', url: server.url, keys });
  assert.equal(expectStatus(await pull(puller)), commit);
  server.reset();
  assert.equal(expectStatus(await pull(puller), 77), commit);
  expectStatus(await pull(puller, '--dry-run'), 77);
  assert.equal(server.objectBytes(), 0);
  assert.deepEqual(puller.leftovers(), []);
});

test('of a new release only what is missing comes, and a parent that is not here is not damage', async (t) => {
  const { repository, key, keys } = publication(t);
  const server = await StaticServer.start(t, repository.path);
  const puller = new Puller(t, { name: 'origin', url: server.url, keys });
  const release = (sequence: string, content: string) => {
    const tree = repository.tree({ ...filesOf(1), new: content });
    const args = ['commit', tree, '-b', BRANCH, '--time', String(TIME), '--key', key];
    return repository.expect([...args, '--name', 'example', '--sequence', sequence]);
  };
  const second = release('101', 'x'.repeat(1000));
  await puller.pull();
  const third = release('102', 'y'.repeat(1000));
  server.reset();
  const { objectCount } = parse(expectStatus(await pull(puller, '--json')));
  assert.equal(objectCount, 2);
  assert.equal(server.objectBytes() - repositoryImageSize(repository, third), 1000);
  const log = puller.repository.expect(['log', `origin/${BRANCH}`]);
  assert.ok(log.includes(third) && log.includes(second));
  puller.repository.expect(['fsck']);
  puller.repository.expect(['gc']);
  assert.equal(puller.repository.expect(['rev-parse', `origin/${BRANCH}~1`]), second);
});

function repositoryImageSize(repository: TestRepository, revision: string): number {
  return fs.statSync(repository.objectFile(repository.imageOf(revision))).size;
}

test('a remote may be a directory or a file:// URL', async (t) => {
  const { repository, commit, keys } = publication(t);
  for (const url of [repository.path, pathToFileURL(repository.path).href]) {
    const puller = new Puller(t, { name: 'origin', url, keys });
    assert.equal(expectStatus(await pull(puller)), commit);
    puller.repository.expect(['fsck']);
  }
});

test('removing a remote removes its branches, and gc then what they named', async (t) => {
  const { repository, keys } = publication(t);
  const puller = new Puller(t, { name: 'origin', url: repository.path, keys });
  await puller.pull();
  puller.repository.expect(['gc']);
  puller.repository.expect(['rev-parse', `origin/${BRANCH}`]);
  puller.repository.expect(['remote', 'remove', 'origin']);
  expectStatus(puller.repository.call(['rev-parse', `origin/${BRANCH}`]), 10);
  puller.repository.expect(['gc']);
  assert.equal(objectBytes(puller.repository), 0);
});

test('two pulls from one remote do not mix: the second is told that it is locked', async (t) => {
  const { repository, keys } = publication(t);
  const puller = new Puller(t, { name: 'origin', url: repository.path, keys });
  const plan = await puller.plan();
  const { status, stderr } = await pull(puller);
  assert.equal(status, 11, stderr);
  plan.downloads.close(false);
  expectStatus(await pull(puller));
});

test('the directory server of Python will do as a remote', async (t) => {
  const { repository, commit, keys } = publication(t);
  const url = await startPython(t, repository.path);
  if (url === undefined) {
    t.skip('python3 is not installed');
    return;
  }
  const puller = new Puller(t, { name: 'origin', url, keys });
  assert.equal(expectStatus(await pull(puller)), commit);
  puller.repository.expect(['fsck']);
});

/** Undefined when there is no Python. */
async function startPython(t: TestContext, directory: string): Promise<string | undefined> {
  const log = fs.openSync(join(scratchDirectory(t), 'log'), 'w');
  const args = ['-u', '-m', 'http.server', '--bind', '127.0.0.1', '--directory', directory, '0'];
  const child = spawn('python3', args, { stdio: ['ignore', 'pipe', log] });
  fs.closeSync(log);
  t.after(() => child.kill());
  return new Promise((resolve) => {
    child.once('error', () => {
      resolve(undefined);
    });
    child.once('close', () => {
      resolve(undefined);
    });
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const port = /port (\d+)/.exec(text)?.[1];
      if (port !== undefined) resolve(`http://127.0.0.1:${port}`);
    });
  });
}
