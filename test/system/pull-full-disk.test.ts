/** A pull to a file system without the space for it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { startRootseal } from '../helpers/cli-async.js';
import { mountTmpfs, reasonForNoMounts } from '../helpers/mounts.js';
import { BRANCH, LARGE, publication, Puller } from '../helpers/remote.js';
import { expectStatus } from '../helpers/repository.js';
import { StaticServer } from '../helpers/static-server.js';

const skip = reasonForNoMounts();

/** A repository on a file system of `size` bytes that pulls from a server. */
async function setUp(t: TestContext, size: number) {
  const { repository, keys, large } = publication(t);
  const server = await StaticServer.start(t, repository.path);
  const scratch = fs.mkdtempSync(join(tmpdir(), 'rootseal-test-'));
  const disk = join(scratch, 'disk');
  mountTmpfs(t, disk, size);
  t.after(() => {
    fs.rmSync(scratch, { recursive: true });
  });
  const puller = new Puller(t, { name: 'origin', url: server.url, keys }, disk);
  const args = ['--repo', puller.repository.path, 'pull', 'origin', BRANCH];
  const pull = (...options: string[]) => startRootseal([...args, ...options]).ended;
  return { server, puller, pull, disk, large };
}

test(
  'a pull that does not fit is refused before any content is fetched, with both figures',
  { skip },
  async (t) => {
    const { server, puller, pull, disk } = await setUp(t, 3 << 20);
    const { status, stderr } = await pull('--json');
    assert.equal(status, 16, stderr);
    const { error } = JSON.parse(stderr) as {
      error: { code: string; details: { needed: number; free: number } };
    };
    assert.equal(error.code, 'NO_SPACE');
    assert.ok(error.details.needed > LARGE && error.details.needed > error.details.free);
    const objects = server.requests.filter(({ path }) => path.startsWith('/objects/'));
    assert.equal(objects.length, 1, 'the image alone');
    execFileSync('mount', ['-o', 'remount,size=16M', disk]);
    expectStatus(await pull());
    puller.repository.expect(['fsck']);
  },
);

test(
  'a disk that fills up meanwhile ends the pull, and what came is used by the next one',
  { skip },
  async (t) => {
    const { server, puller, pull, disk, large } = await setUp(t, 8 << 20);
    const filler = join(disk, 'filler');
    const fill = () => {
      const { bavail, bsize } = fs.statfsSync(disk);
      fs.writeFileSync(filler, Buffer.alloc((bavail - 100) * bsize, 1));
    };
    server.before(new RegExp(large.slice(2)), fill);
    const { status, stderr } = await pull();
    assert.equal(status, 16, stderr);
    expectStatus(puller.repository.call(['rev-parse', `origin/${BRANCH}`]), 10);
    fs.rmSync(filler);
    server.reset();
    expectStatus(await pull());
    assert.ok(server.objectBytes() < LARGE);
    puller.repository.expect(['fsck']);
  },
);
