import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { lock, tryLock } from '../../src/linux/lock.js';
import { scratchDirectory } from '../helpers/scratch.js';

const lockModule = new URL('../../src/linux/lock.js', import.meta.url).href;
/** Takes the lock named in its arguments, says so, and holds it until its standard input ends. */
const HOLDER = `
const { openSync } = await import('node:fs');
const { lock } = await import('${lockModule}');
await lock(openSync(process.argv[1], 'r'), process.argv[2], { wait: true });
process.stdout.write('held');
process.stdin.resume();
`;

async function holdElsewhere(t: TestContext, path: string, kind: string) {
  const args = ['--input-type=module', '--eval', HOLDER, path, kind];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child;
}

function lockFile(t: TestContext): { path: string; fd: number } {
  const path = join(scratchDirectory(t), 'lock');
  fs.writeFileSync(path, '');
  const fd = fs.openSync(path, 'r');
  t.after(() => {
    fs.closeSync(fd);
  });
  return { path, fd };
}

test('two processes share a shared lock and exclude each other otherwise', async (t) => {
  const { path, fd } = lockFile(t);
  await holdElsewhere(t, path, 'shared');
  await lock(fd, 'shared', { wait: false });
  await assert.rejects(lock(fd, 'exclusive', { wait: false }), {
    code: 'LOCKED',
    message: `${path} is locked by another process`,
  });
});

test('waiting ends when the other process is killed', async (t) => {
  const { path, fd } = lockFile(t);
  const holder = await holdElsewhere(t, path, 'exclusive');
  assert.equal(tryLock(fd, 'shared'), false);
  let waits = 0;
  const onWait = () => {
    waits += 1;
    holder.kill('SIGKILL');
  };
  await lock(fd, 'exclusive', { wait: true, onWait });
  assert.equal(waits, 1);
  const other = fs.openSync(path, 'r');
  assert.equal(tryLock(other, 'exclusive'), false, 'it is held here now');
  fs.closeSync(other);
});

test('waiting can be cancelled and throws the reason', async (t) => {
  const { path, fd } = lockFile(t);
  await holdElsewhere(t, path, 'exclusive');
  const controller = new AbortController();
  const onWait = () => {
    controller.abort(new Error('enough'));
  };
  const waiting = lock(fd, 'shared', { wait: true, signal: controller.signal, onWait });
  await assert.rejects(waiting, { message: 'enough' });
});
