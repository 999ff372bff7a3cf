/** Servers that lie, and what is left of a pull from them: nothing that has a name. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import type http from 'node:http';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Downloads } from '../../src/remote/download.js';
import { httpTransport } from '../../src/remote/http-transport.js';
import { listRefs } from '../../src/repo/refs.js';
import { Repository } from '../../src/repo/repository.js';
import type { Digest } from '../../src/util/digest.js';
import { RootsealError, type ErrorCode } from '../../src/util/errors.js';
import { BRANCH, LARGE, publication, Puller, type Publication } from '../helpers/remote.js';
import { TestRepository } from '../helpers/repository.js';
import { StaticServer } from '../helpers/static-server.js';

interface Setup extends Publication {
  readonly server: StaticServer;
  readonly puller: Puller;
}

async function setUp(t: TestContext, policy?: string): Promise<Setup> {
  const published = publication(t);
  const { repository, keys } = published;
  const server = await StaticServer.start(t, repository.path);
  const file = join(repository.scratch, 'policy');
  if (policy !== undefined) fs.writeFileSync(file, policy);
  const remote = { name: 'origin', url: server.url, keys };
  const puller = new Puller(t, policy === undefined ? remote : { ...remote, policy: file });
  return { ...published, server, puller };
}

/** The pull must fail so, and nothing in the repository may have a new name. */
async function expectRefused(puller: Puller, code: ErrorCode, message = /./): Promise<void> {
  const error = await puller.pull().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof RootsealError, String(error));
  assert.equal(error.code, code, error.message);
  assert.match(error.message, message);
  const repository = Repository.open(puller.repository.path);
  assert.deepEqual(listRefs(repository), { refs: [], damaged: [] });
  for (const directory of ['commits', 'seals', 'objects'])
    assert.deepEqual(fs.readdirSync(repository.file(directory)), []);
}

const objectPath = (digest: string) =>
  new RegExp(`^/objects/${digest.slice(0, 2)}/${digest.slice(2)}$`);

const says =
  (content: string | Buffer, headers: http.OutgoingHttpHeaders = {}) =>
  (_: unknown, response: http.ServerResponse) => {
    response.writeHead(200, headers).end(content);
  };

const status = (code: number) => (_: unknown, response: http.ServerResponse) => {
  response.writeHead(code).end();
};

/** Sends zeros as long as somebody listens. */
function endless(_: unknown, response: http.ServerResponse): void {
  const more = () => {
    while (!response.destroyed && response.write(Buffer.alloc(65_536)));
  };
  response.writeHead(200).on('drain', more);
  more();
}

const META = (fields: object) =>
  JSON.stringify({ version: 1, algorithm: 'fsverity-sha256-12', ...fields });

for (const [what, path, content, code] of [
  ['no JSON as meta.json', /meta/, 'hello', 'FORMAT_INVALID'],
  ['meta.json of another version', /meta/, META({ version: 2 }), 'UNSUPPORTED'],
  ['another algorithm', /meta/, META({ algorithm: 'fsverity-sha512-12' }), 'UNSUPPORTED'],
  [
    'an incompatible feature',
    /meta/,
    META({ features: { incompatible: ['\u001b[2J'] } }),
    'UNSUPPORTED',
  ],
  ['a branch that is not an id', /refs/, 'main', 'FORMAT_INVALID'],
  ['a page of HTML as a branch', /refs/, '<html>'.repeat(100), 'FORMAT_INVALID'],
  ['a commit that does not hash to its id', /commits/, '{}', 'DIGEST_MISMATCH'],
  ['garbage as a seal', /seals/, Buffer.alloc(1000, 0xff), 'SEAL_INVALID'],
] as const) {
  test(`${what}: ${code}, and no object is asked for`, async (t) => {
    const { server, puller } = await setUp(t);
    server.on(path, says(content));
    await expectRefused(puller, code);
    assert.equal(server.objectBytes(), 0);
    assert.deepEqual(puller.leftovers(), []);
  });
}

for (const path of [/meta/, /refs/, /commits/, /seals/]) {
  test(`an endless answer for ${path.source} is cut off`, async (t) => {
    const { server, puller } = await setUp(t);
    server.on(path, endless);
    await expectRefused(puller, 'FORMAT_INVALID', /has more than \d+ bytes/);
  });
}

test('an escape sequence in what a server says does not reach the terminal', async (t) => {
  const { server, puller } = await setUp(t);
  server.on(/meta/, says(META({ features: { incompatible: ['\u001b[2J'] } })));
  // eslint-disable-next-line no-control-regex -- a control character is what is looked for
  await expectRefused(puller, 'UNSUPPORTED', /^[^\u001b]*$/);
});

for (const [path, code] of [
  [/meta/, 'REPOSITORY_NOT_FOUND'],
  [/refs/, 'REVISION_NOT_FOUND'],
  [/commits/, 'REVISION_NOT_FOUND'],
  [/seals/, 'SEAL_MISSING'],
  [/objects/, 'OBJECT_NOT_FOUND'],
] as const) {
  test(`404 for ${path.source} is ${code}`, async (t) => {
    const { server, puller } = await setUp(t);
    server.on(path, status(404));
    await expectRefused(puller, code);
  });
}

for (const [what, policy] of [
  ['another name', '[verify]\nname=other\n'],
  ['a higher sequence', '[verify]\nmin-sequence=101\n'],
  ['two signers', '[verify]\nthreshold=2\n'],
] as const) {
  test(`a policy that wants ${what} refuses the seal before any object is asked for`, async (t) => {
    const { server, puller } = await setUp(t, policy);
    await expectRefused(puller, 'SEAL_UNTRUSTED');
    assert.equal(server.objectBytes(), 0);
  });
}

test('a seal by a stranger is refused before any object is asked for', async (t) => {
  const { server, puller, repository, commit, keys } = await setUp(t);
  const [seed, key] = ['stranger.seed', 'stranger'].map((name) => join(repository.scratch, name));
  assert.ok(seed !== undefined && key !== undefined);
  fs.writeFileSync(seed, '22'.repeat(32));
  repository.expect(['key', 'import', seed, '--name', 'publisher', '--output', key]);
  fs.rmSync(repository.file(`seals/${commit}`));
  repository.expect(['seal', BRANCH, '--key', key]);
  assert.notEqual(repository.call(['verify', BRANCH, '--keys', keys]).status, 0);
  await expectRefused(puller, 'SEAL_UNTRUSTED');
  assert.equal(server.objectBytes(), 0);
});

test('the seal of another commit is refused', async (t) => {
  const { server, puller, repository, key } = await setUp(t);
  const args = ['--name', 'example', '--sequence', '200', '--key', key];
  const other = repository.commit({ file: 'other' }, 'other', ...args);
  server.on(/seals/, says(fs.readFileSync(repository.file(`seals/${other}`))));
  await expectRefused(puller, 'DIGEST_MISMATCH', /the seal does not name/);
  assert.equal(server.objectBytes(), 0);
});

test('without a policy that asks for seals, what is not a seal is refused all the same', async (t) => {
  const { server, puller } = await setUp(t, '[verify]\nmode=none\n');
  server.on(/seals/, says('hello'), 1);
  await expectRefused(puller, 'FORMAT_INVALID');
  server.on(/seals/, status(404), 1);
  await puller.pull();
  puller.repository.expect(['fsck']);
});

test('a changed byte in an object is refused, and the next pull fetches that one again', async (t) => {
  const { server, puller, repository, large, commit } = await setUp(t);
  const bytes = fs.readFileSync(repository.objectFile(large));
  bytes[1000] = (bytes[1000] ?? 0) ^ 1;
  server.on(objectPath(large), says(bytes), 1);
  await expectRefused(puller, 'DIGEST_MISMATCH', new RegExp(large));
  server.requests.length = 0;
  assert.equal((await puller.pull()).id, commit);
  assert.ok(server.requests.some(({ path }) => objectPath(large).test(path)));
  puller.repository.expect(['fsck']);
});

test('a changed image is refused before it is read', async (t) => {
  const { server, puller, repository } = await setUp(t);
  const image = repository.imageOf(BRANCH);
  const bytes = fs.readFileSync(repository.objectFile(image));
  server.on(objectPath(image), says(Buffer.alloc(bytes.length)));
  await expectRefused(puller, 'DIGEST_MISMATCH', new RegExp(image));
});

for (const [what, length] of [
  ['shorter', LARGE - 1],
  ['longer', LARGE + 1],
] as const) {
  test(`an object that the server says is ${what} is refused before its content`, async (t) => {
    const { server, puller, large } = await setUp(t);
    server.on(objectPath(large), says(Buffer.alloc(length), { 'content-length': length }), 1);
    await expectRefused(puller, 'DIGEST_MISMATCH', new RegExp(`has ${length} bytes, and not`));
  });
}

test('an object without an end is cut off at its size', async (t) => {
  const { server, puller, large } = await setUp(t);
  server.on(objectPath(large), endless);
  await expectRefused(puller, 'DIGEST_MISMATCH', /has more than its \d+ bytes/);
  assert.ok(!puller.leftovers().some((name) => name.startsWith('objects')));
});

test('an object that breaks off is resumed where it broke off', async (t) => {
  const { server, puller, repository, large } = await setUp(t);
  const bytes = fs.readFileSync(repository.objectFile(large));
  const half = (_: unknown, response: http.ServerResponse) => {
    response.writeHead(200, { 'content-length': bytes.length });
    response.write(bytes.subarray(0, 500_000), () => setImmediate(() => response.destroy()));
  };
  server.on(objectPath(large), half, 1);
  await puller.pull();
  const [, second] = server.requests.filter(({ path }) => objectPath(large).test(path));
  assert.match(second?.range ?? '', /^bytes=[1-9][0-9]*-$/);
  puller.repository.expect(['fsck']);
});

/** Sends at most `length` bytes of what was asked for, and breaks off. */
const breaksAfter =
  (content: Buffer, length: number) =>
  (request: http.IncomingMessage, response: http.ServerResponse) => {
    const start = Number(/\d+/.exec(request.headers.range ?? '')?.[0] ?? 0);
    const { length: size } = content;
    response.writeHead(start > 0 ? 206 : 200, {
      'content-length': size - start,
      ...(start > 0 ? { 'content-range': `bytes ${start}-${size - 1}/${size}` } : {}),
    });
    if (length >= size - start) response.end(content.subarray(start));
    else
      response.write(content.subarray(start, start + length), () =>
        setImmediate(() => response.destroy()),
      );
  };

test('an object that breaks off again and again comes, as long as each attempt brings something', async (t) => {
  const { server, puller, repository, large } = await setUp(t);
  const content = fs.readFileSync(repository.objectFile(large));
  const transport = httpTransport(new URL(server.url), {
    timing: { stall: 5000, backOff: [1, 1, 1] },
  });
  const wanted = { digest: large as Digest, size: content.length };
  const onBytes = () => undefined;
  const downloads = new Downloads(Repository.open(puller.repository.path), 'origin');
  const attempts = () => server.requests.length;
  server.on(objectPath(large), breaksAfter(content, 0));
  await assert.rejects(downloads.fetch(wanted, transport, { onBytes }), { code: 'NETWORK' });
  assert.equal(attempts(), 4);
  server.reset();
  server.on(objectPath(large), breaksAfter(content, 200_000));
  await downloads.fetch(wanted, transport, { onBytes });
  assert.ok(attempts() > 5);
  assert.deepEqual(fs.readFileSync(downloads.file(wanted.digest)), content);
  downloads.close(true);
});

test('a part that somebody changed is fetched again, also when it is as long as the whole', async (t) => {
  for (const size of [1000, LARGE, LARGE + 5]) {
    const { puller, large } = await setUp(t);
    const directory = puller.repository.file('tmp/pull-origin');
    fs.mkdirSync(directory);
    fs.writeFileSync(join(directory, `${large}.part`), Buffer.alloc(size, 7));
    await puller.pull();
    puller.repository.expect(['fsck']);
    assert.deepEqual(puller.leftovers(), []);
  }
});

test('a whole object in tmp that was changed is fetched again', async (t) => {
  const { puller, large } = await setUp(t);
  const directory = puller.repository.file('tmp/pull-origin');
  fs.mkdirSync(directory);
  fs.writeFileSync(join(directory, large), Buffer.alloc(LARGE, 7));
  await puller.pull();
  puller.repository.expect(['fsck']);
});

test('a part is resumed from a server without ranges by beginning again', async (t) => {
  const { server, puller, repository, large } = await setUp(t);
  server.hasRanges = false;
  const directory = puller.repository.file('tmp/pull-origin');
  fs.mkdirSync(directory);
  const bytes = fs.readFileSync(repository.objectFile(large));
  fs.writeFileSync(join(directory, `${large}.part`), bytes.subarray(0, 700_000));
  await puller.pull();
  puller.repository.expect(['fsck']);
});

test('signatures that were added here stay when the seal comes again', async (t) => {
  const { puller, repository, commit } = await setUp(t);
  await puller.pull();
  const own = join(repository.scratch, 'own');
  fs.writeFileSync(`${own}.seed`, '33'.repeat(32));
  puller.repository.expect(['key', 'import', `${own}.seed`, '--name', 'own', '--output', own]);
  puller.repository.expect(['seal', commit, '--key', own]);
  const before = fs.readFileSync(puller.repository.file(`seals/${commit}`), 'utf8');
  const plan = await puller.plan();
  plan.downloads.close(false);
  assert.equal(plan.isComplete, true);
  const third = join(repository.scratch, 'third');
  fs.writeFileSync(`${third}.seed`, '44'.repeat(32));
  repository.expect(['key', 'import', `${third}.seed`, '--name', 'third', '--output', third]);
  repository.expect(['seal', commit, '--key', third]);
  await puller.pull();
  const after = fs.readFileSync(puller.repository.file(`seals/${commit}`), 'utf8');
  assert.ok(after.startsWith(before) && after.includes('— third '));
});

test('a directory remote with damage is refused like a server', async (t) => {
  const { repository, keys, large } = publication(t);
  const file = repository.objectFile(large);
  const remote = { name: 'origin', url: repository.path, keys };
  fs.truncateSync(replaced(file), LARGE - 1);
  await expectRefused(new Puller(t, remote), 'DIGEST_MISMATCH', /has 1499999 bytes, and not/);
  fs.rmSync(file);
  await expectRefused(new Puller(t, remote), 'OBJECT_NOT_FOUND');
  fs.mkdirSync(file);
  await expectRefused(new Puller(t, remote), 'DIGEST_MISMATCH');
  fs.rmSync(repository.file(`refs/heads/${BRANCH}`));
  await expectRefused(new Puller(t, remote), 'REVISION_NOT_FOUND');
});

/** A new file in place of one that fs-verity may guard. */
function replaced(file: string): string {
  const bytes = fs.readFileSync(file);
  fs.rmSync(file);
  fs.writeFileSync(file, bytes);
  return file;
}

test('a branch that is a directory of branches there is not found', async (t) => {
  const { repository, keys } = publication(t);
  const puller = new Puller(t, { name: 'origin', url: repository.path, keys });
  await assert.rejects(puller.pull('debian'), { code: 'REVISION_NOT_FOUND' });
});

test('a repository of the other algorithm is refused', async (t) => {
  const published = publication(t);
  const puller = new Puller(t, { name: 'origin', url: published.repository.path });
  const other = TestRepository.make(t, '--algorithm', 'sha512');
  other.expect(['remote', 'add', 'origin', published.repository.path]);
  const { status: code, stderr } = other.call(['pull', 'origin', BRANCH]);
  assert.equal(code, 14, stderr);
  await assert.rejects(puller.pull(), { code: 'SEAL_UNTRUSTED' });
});
