/** Stop points as a test asks for them: `ROOTSEAL_STOP_AT`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHECKOUT_PROGRAM } from '../helpers/packaged.js';
import { listPasses, runProgram, Stoppable } from '../helpers/stoppable.js';
import { TestRepository } from '../helpers/repository.js';
import { errorDocument } from '../helpers/documents.js';

test('a name that is not a stop point is refused as wrong use', (t) => {
  const repository = TestRepository.make(t);
  const env = { ROOTSEAL_STOP_AT: 'somewhere' };
  const { status, stderr } = repository.call(['branch', 'list'], { env });
  assert.equal(status, 2);
  assert.match(stderr, /^error: ROOTSEAL_STOP_AT: "somewhere" is not a stop point\nhint: /);
  const json = repository.call(['branch', 'list', '--json'], { env });
  const error = errorDocument(json.stderr);
  assert.equal(error.code, 'USAGE');
});

for (const program of ['checkout', 'package']) {
  const options = program === 'checkout' ? { program: CHECKOUT_PROGRAM } : {};

  test(`a command of the ${program} stands at its stop point with its locks, and goes on from there`, async (t) => {
    const repository = TestRepository.make(t);
    const tree = repository.tree({ a: 'a'.repeat(100) });
    const commit = new Stoppable(['--repo', repository.path, 'commit', tree, '-b', 'main'], {
      ...options,
      stopAt: 'image-linked',
    });
    assert.equal(await commit.stopped(), true);
    assert.equal(repository.call(['rev-parse', 'main']).status, 10);
    assert.equal(repository.call(['gc']).status, 11);
    commit.resume();
    const { status, stdout, stderr } = await commit.ended;
    assert.equal(status, 0);
    assert.match(stderr, /^stopped at image-linked\n2 files, .*\n$/);
    assert.equal(repository.expect(['rev-parse', 'main']), stdout.trimEnd());
  });

  test(`a command of the ${program} is killed at the pass that was asked for, and not before`, async (t) => {
    const repository = TestRepository.make(t);
    const tree = repository.tree({ a: 'a'.repeat(100) });
    const args = ['--repo', repository.path, 'commit', tree, '-b', 'main'];
    // The commit is the first small file, the branch the second.
    const killed = await runProgram(args, { ...options, stopAt: 'file-named:2,kill' });
    assert.equal(killed.signal, 'SIGKILL');
    assert.equal(killed.stderr, 'stopped at file-named\n');
    assert.match(repository.expect(['rev-parse', 'main']), /^[0-9a-f]{64}$/);
    const third = await runProgram(args, { ...options, stopAt: 'file-named:3,kill' });
    assert.equal(third.status, 0);
    assert.match(third.stderr, /^2 files, .*\n$/);
  });
}

test('what a command passes is listed without changing what it does', async (t) => {
  const repository = TestRepository.make(t);
  const tree = repository.tree({ a: 'a'.repeat(100) });
  const args = ['--repo', repository.path, 'commit', tree, '-b', 'main', '--time', '1000'];
  const listed = await runProgram(args, { stopAt: 'list' });
  assert.equal(listed.status, 0);
  assert.equal(repository.expect(['rev-parse', 'main']), listed.stdout.trimEnd());
  assert.deepEqual(listPasses(listed).slice(-3), ['file-flushed', 'file-named', 'ref-written']);
  const quiet = await runProgram([...args.slice(0, -1), '1001']);
  assert.match(quiet.stderr, /^2 files, .*\n$/);
});
