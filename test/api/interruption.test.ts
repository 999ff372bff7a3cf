/** The library: what a signal ends, and what is there afterwards. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { initRepository, type RootsealError } from '../../src/api/index.js';
import { Repository } from '../../src/repo/repository.js';
import { unlessHung } from '../helpers/hang.js';
import { scratchDirectory } from '../helpers/scratch.js';

test('an aborted commit says why, leaves the branch where it was, and nothing behind', async (t) => {
  const scratch = scratchDirectory(t);
  const tree = join(scratch, 'tree');
  fs.mkdirSync(tree);
  for (let index = 0; index < 200; index++)
    fs.writeFileSync(join(tree, `file-${index}`), `content ${index} `.repeat(500));
  const repository = await initRepository(join(scratch, 'repo'));
  const source = { kind: 'directory', path: tree } as const;
  const { id } = await repository.commit({ source, branch: 'main' });
  fs.writeFileSync(join(tree, 'file-0'), 'changed '.repeat(500));

  const controller = new AbortController();
  const reason = new Error('the build was cancelled');
  const tasks: string[] = [];
  const aborted = repository.commit({
    source,
    branch: 'main',
    signal: controller.signal,
    onProgress: ({ task }) => {
      tasks.push(task);
      controller.abort(reason);
    },
  });
  await assert.rejects(aborted, (error: RootsealError) => {
    assert.deepEqual(
      [error.name, error.code, error.cause],
      ['RootsealError', 'INTERRUPTED', reason],
    );
    return true;
  });
  assert.ok(tasks.length > 0);
  assert.equal((await repository.show('main')).id, id);
  assert.deepEqual(fs.readdirSync(join(repository.path, 'tmp')), []);
  await assert.rejects(repository.readTree('main', { signal: controller.signal }), {
    code: 'INTERRUPTED',
  });
  assert.equal((await repository.check()).ok, true);
});

test('an archive that never comes is given up', async (t) => {
  const scratch = scratchDirectory(t);
  const repository = await initRepository(join(scratch, 'repo'));
  const controller = new AbortController();
  const stream = (async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.alloc(10);
    controller.abort();
    await new Promise(() => undefined);
  })();
  const request = {
    source: { kind: 'tar', stream } as const,
    branch: 'main',
    signal: controller.signal,
  };
  await unlessHung(
    { what: 'the commit to end' },
    assert.rejects(repository.commit(request), { code: 'INTERRUPTED' }),
  );
});

test('whoever waits for a lock can give up', async (t) => {
  const scratch = scratchDirectory(t);
  const repository = await initRepository(join(scratch, 'repo'));
  fs.mkdirSync(join(scratch, 'tree'));
  const held = await Repository.open(repository.path).lock('exclusive');
  t.after(() => {
    held.release();
  });
  const source = { kind: 'directory', path: join(scratch, 'tree') } as const;
  const controller = new AbortController();
  const waiting = [
    repository.commit({ source, branch: 'main', signal: controller.signal }),
    repository.check({ signal: controller.signal }),
  ];
  setImmediate(() => {
    controller.abort();
  });
  const ends = waiting.map((call) => assert.rejects(call, { code: 'INTERRUPTED' }));
  await unlessHung({ what: 'the calls to end' }, Promise.all(ends));
});

test('an export that is left early lets go of the lock', async (t) => {
  const scratch = scratchDirectory(t);
  const tree = join(scratch, 'tree');
  fs.mkdirSync(tree);
  fs.writeFileSync(join(tree, 'large'), Buffer.alloc(3 << 20, 'abc'));
  const repository = await initRepository(join(scratch, 'repo'));
  await repository.commit({ source: { kind: 'directory', path: tree }, branch: 'main' });
  const inner = Repository.open(repository.path);
  for await (const chunk of repository.exportTar('main')) {
    assert.ok(chunk.length > 0);
    await assert.rejects(inner.lock('exclusive', { wait: false }), { code: 'LOCKED' });
    break;
  }
  const found = await repository.readTree('main');
  for await (const chunk of found.openFile('large')) {
    assert.ok(chunk.length > 0);
    break;
  }
  (await inner.lock('exclusive', { wait: false })).release();
});
