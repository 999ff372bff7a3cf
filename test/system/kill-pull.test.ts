/** `pull` is killed: at a moment that is known, and at random ones. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import type http from 'node:http';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { readRef } from '../../src/repo/refs.js';
import { Repository } from '../../src/repo/repository.js';
import { startRootseal } from '../helpers/cli-async.js';
import { killOften, leftoversOf } from '../helpers/kill.js';
import { BRANCH, filesOf, LARGE, publication, Puller } from '../helpers/remote.js';
import { expectStatus, TIME } from '../helpers/repository.js';
import { StaticServer } from '../helpers/static-server.js';

const KILLS = 8;
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
  ) as { bytes: number; objects: number };
  const content = fs.readFileSync(repository.objectFile(large));
  const stops = (_: unknown, response: http.ServerResponse) => {
    response.writeHead(200, { 'content-length': content.length });
    response.write(content.subarray(0, FIRST));
  };
  server.on(new RegExp(large.slice(2)), stops, 1);
  const { child } = startRootseal(args);
  const directory = puller.repository.file('tmp/pull-origin');
  const hasCome = () =>
    fs.readdirSync(directory).length === planned.objects &&
    fs.statSync(join(directory, `${large}.part`), { throwIfNoEntry: false })?.size === FIRST &&
    fs.readdirSync(directory).filter((name) => name.endsWith('.part')).length === 1;
  while (!hasCome()) {
    assert.equal(child.exitCode, null);
    await delay(5);
  }
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
  let sequence = 100;
  let [before, after]: (string | undefined)[] = [];
  await killOften(t, path, {
    args: ['pull', 'origin', BRANCH],
    otherStatus: 77,
    kills: KILLS,
    prepare: () => {
      const tree = repository.tree(filesOf(++sequence));
      const args = ['commit', tree, '-b', BRANCH, '--time', String(TIME), '--key', key];
      before = after;
      after = repository.expect([...args, '--name', 'example', '--sequence', String(sequence)]);
      fs.rmSync(tree, { recursive: true });
      return Promise.resolve();
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
