/** `pull` is killed: when part of an object has come, at every stop point, and at random moments. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import type http from 'node:http';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { signText } from '../../src/formats/seal/note.js';
import { readSignerKey } from '../../src/release/keys.js';
import { commitTree } from '../../src/repo/commit-tree.js';
import { readRef } from '../../src/repo/refs.js';
import { Repository } from '../../src/repo/repository.js';
import { startRootseal } from '../helpers/cli-async.js';
import { until } from '../helpers/hang.js';
import { killOften, leftoversOf } from '../helpers/kill.js';
import { BRANCH, LARGE, publication, Puller } from '../helpers/remote.js';
import { expectStatus, TIME } from '../helpers/repository.js';
import { StaticServer } from '../helpers/static-server.js';
import { PASSED_BY } from '../helpers/stop-points.js';

const KILLS = 8;
/** Small contents of what is pulled at random. */
const SMALL = Array.from({ length: 12 }, (_, index) => `usr/file-${index}`);
/** Bytes of the large content that come before the server falls silent. */
const FIRST = 600_000;

interface Interrupted {
  readonly server: StaticServer;
  readonly puller: Puller;
  readonly args: readonly string[];
  /** Bytes of objects in all. */
  readonly all: number;
  /** Kills the pull, which waits for the rest of the large content; everything else has come. */
  readonly kill: () => Promise<void>;
}

async function interrupt(t: TestContext): Promise<Interrupted> {
  const { repository, keys, large } = publication(t);
  const server = await StaticServer.start(t, repository.path);
  const puller = new Puller(t, { name: 'origin', url: server.url, keys });
  const args = ['--repo', puller.repository.path, 'pull', 'origin', BRANCH];
  const planned = JSON.parse(
    expectStatus(await startRootseal([...args, '--dry-run', '--json']).ended),
  ) as { bytes: number; objectCount: number };
  const content = fs.readFileSync(repository.objectFile(large));
  const stops = (_: unknown, response: http.ServerResponse) => {
    response.writeHead(200, { 'content-length': content.length });
    response.write(content.subarray(0, FIRST));
  };
  server.on(new RegExp(large.slice(2)), stops, 1);
  const { child } = startRootseal(args);
  const directory = puller.repository.file('tmp/pull-origin');
  const hasCome = () =>
    fs.readdirSync(directory).length === planned.objectCount &&
    fs.statSync(join(directory, `${large}.part`), { throwIfNoEntry: false })?.size === FIRST &&
    fs.readdirSync(directory).filter((name) => name.endsWith('.part')).length === 1;
  await until({ what: 'all to come but the rest of the large content', pids: [child.pid] }, () => {
    assert.equal(child.exitCode, null);
    return hasCome();
  });
  const kill = async () => {
    child.kill('SIGKILL');
    await once(child, 'close');
    server.requests.length = 0;
  };
  return { server, puller, args, all: planned.bytes, kill };
}

test('what came before a kill is not fetched again, not even of an object that was half there', async (t) => {
  const { server, puller, args, kill } = await interrupt(t);
  await kill();
  expectStatus(puller.repository.call(['rev-parse', `origin/${BRANCH}`]), 10);
  puller.repository.expect(['fsck']);
  expectStatus(await startRootseal(args).ended);
  assert.equal(server.objectBytes(), LARGE - FIRST);
  puller.repository.expect(['fsck']);
  assert.deepEqual(puller.leftovers(), []);
});

test('a writer leaves an interrupted pull alone, gc waits for a running one and removes the rest of a dead one', async (t) => {
  const { server, puller, args, all, kill } = await interrupt(t);
  const { repository } = puller;
  expectStatus(repository.call(['gc']), 11);
  await kill();
  fs.writeFileSync(repository.file('tmp/file-0123456789abcdef'), 'of a killed writer');
  repository.commit({ file: 'other' });
  assert.deepEqual(leftoversOf(repository.path), ['pull-origin']);
  repository.expect(['gc']);
  assert.deepEqual(leftoversOf(repository.path), []);
  expectStatus(await startRootseal(args).ended);
  assert.equal(server.objectBytes(), all);
});

test('objects of a pull that was killed while it published them are taken back', async (t) => {
  const { repository, keys } = publication(t);
  const server = await StaticServer.start(t, repository.path);
  const puller = new Puller(t, { name: 'origin', url: server.url, keys });
  const plan = await puller.plan();
  const session = plan.downloads.beginSession();
  for (const wanted of plan.missing) {
    const onBytes = () => undefined;
    await plan.downloads.fetch(wanted, plan.transport, { onBytes });
    session.adopt(plan.downloads.file(wanted.digest), wanted.digest, wanted.size);
  }
  plan.downloads.close(false);
  server.requests.length = 0;
  await puller.pull();
  assert.equal(server.objectBytes(), 0);
  puller.repository.expect(['fsck']);
  assert.deepEqual(puller.leftovers(), []);
});

test('a pull that is killed at any moment leaves the branch at the old or at the new commit', async (t) => {
  const { repository, key, keys } = publication(t);
  const puller = new Puller(t, { name: 'origin', url: repository.path, keys });
  const { path } = puller.repository;
  puller.repository.commit({ file: 'of its own' });
  const published = Repository.open(repository.path);
  let sequence = 100;
  let [before, after]: (string | undefined)[] = [];
  await killOften(t, path, {
    args: ['pull', 'origin', BRANCH],
    otherStatus: 77,
    kills: KILLS,
    points: PASSED_BY.pull,
    prepare: async (random) => {
      const tree = repository.tree({
        large: random.bytes(LARGE / 2).toString('hex'),
        ...Object.fromEntries(SMALL.map((name) => [name, random.bytes(2500).toString('hex')])),
      });
      before = after;
      const { id } = await commitTree(published, {
        source: { kind: 'directory', path: tree },
        branch: BRANCH,
        name: 'example',
        time: TIME,
        sequence: ++sequence,
        xattrs: 'all',
        sign: (text) => Promise.resolve([signText(text, readSignerKey(key, undefined))]),
        progress: () => undefined,
      });
      after = id;
      fs.rmSync(tree, { recursive: true });
    },
    check: (findings, state) => {
      const unexpected = findings.filter(({ kind }) => kind !== 'leftover' || state === 'done');
      assert.deepEqual(unexpected, []);
      const now = readRef(Repository.open(path), 'remote', `origin/${BRANCH}`);
      assert.ok(now === after || (now === before && state === 'killed'));
      return findings.length > 0;
    },
  });
});
