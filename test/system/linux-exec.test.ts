import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { run, start } from '../../src/linux/exec.js';
import { scratchDirectory } from '../helpers/scratch.js';

test('arguments reach the program as they are, without a shell', async () => {
  const { stdout } = await run('printf', ['%s|', '$HOME', 'a b', '*', "'"]);
  assert.equal(stdout.toString(), "$HOME|a b|*|'|");
});

test('output is bytes and input may be bytes or a stream', async () => {
  const bytes = Buffer.from([0, 0xff, 0x0a, 0x0a]);
  assert.deepEqual((await run('cat', [], { input: bytes })).stdout, bytes);
  assert.deepEqual(
    (await run('cat', [], { input: Readable.from([bytes, bytes]) })).stdout.length,
    8,
  );
  assert.equal((await run('cat', [])).stdout.length, 0, 'without input there is nothing to read');
});

test('a program that is not installed is named', async () => {
  // A search path that anybody may read: else the system says EACCES.
  const env = { PATH: '/usr/bin:/bin' };
  await assert.rejects(run('rootseal-no-such-program', [], { env }), {
    code: 'UNSUPPORTED',
    message: 'the program rootseal-no-such-program is not installed',
  });
});

test('a failing program is reported with its exit status and its English words', async () => {
  await assert.rejects(run('cat', ['/nonexistent'], { env: { LC_ALL: 'de_DE.UTF-8' } }), {
    code: 'FAILED',
    message: 'cat failed with exit status 1: cat: /nonexistent: No such file or directory',
  });
  const result = await run('sh', ['-c', 'exit 3'], { okStatuses: [0, 3] });
  assert.equal(result.status, 3);
});

test('a program that takes too long is ended', async () => {
  await assert.rejects(run('sleep', ['600'], { timeoutMs: 20 }), {
    code: 'FAILED',
    message: 'sleep did not end within 20 ms',
  });
});

test('an abort signal ends a program and its reason is thrown', async () => {
  const reason = new Error('enough');
  const controller = new AbortController();
  const running = run('sleep', ['600'], { signal: controller.signal });
  controller.abort(reason);
  await assert.rejects(running, reason);
});

test('a streaming program gives its output before it ends', async (t) => {
  const fifo = join(scratchDirectory(t), 'fifo');
  await run('mkfifo', [fifo]);
  const program = await start('sh', ['-c', 'echo first; cat "$1"', 'sh', fifo]);
  const chunks = program.stdout[Symbol.asyncIterator]();
  assert.equal(String((await chunks.next()).value), 'first\n');
  fs.writeFileSync(fifo, 'second');
  assert.equal(String((await chunks.next()).value), 'second');
  await program.done;
});
