/** Writing results to what is full, closed or gone: one sentence, and the right status. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { after, test } from 'node:test';
import { rootseal } from '../helpers/cli.js';
import { everyCommand, Workshop } from '../helpers/every-command.js';

const COMMANDS = (await everyCommand()).map(({ declaration }) => declaration.words);

/** Runs what follows with standard output on a device that is full. */
const ONTO_FULL = ['sh', '-c', 'exec "$@" >/dev/full', 'sh'];
/** The same on a pipe whose reader has gone before anything is written. */
const ONTO_GONE = ['bash', '-c', 'exec 3> >(exit 0); wait $!; exec "$@" >&3', 'bash'];
/** The same on a file that is open for reading only. */
const ONTO_UNWRITABLE = ['sh', '-c', 'exec "$@" 1</dev/null', 'sh'];

const FULL = 'error: standard output: no space left on the device';

const ends: (() => unknown)[] = [];
after(() => {
  for (const end of ends) end();
});
const workshop = Workshop.make({ after: (end) => ends.push(end) });

/** No stack, no name of an errno, and one error in one line. */
function expectOneSentence(stderr: string, sentence: string): void {
  const errors = stderr.split('\n').filter((line) => line.startsWith('error:'));
  assert.deepEqual(errors, [sentence], stderr);
  assert.doesNotMatch(stderr, /^\s+at |ENOSPC|EPIPE|node:/m);
}

for (const words of COMMANDS) {
  test(`rootseal ${words} --help ends with 16 where its output has no room`, () => {
    const { status, stderr } = workshop.call([...words.split(' '), '--help'], ONTO_FULL);
    assert.equal(stderr, `${FULL}\n`);
    assert.equal(status, 16);
  });

  if (workshop.wordsFor(words) === undefined) continue;
  test(`rootseal ${words} ends with 16 where its result has no room, as text and as JSON`, () => {
    // Each time anew: what other commands have changed since is in it.
    const fresh = (): readonly string[] => workshop.wordsFor(words) ?? [];
    const text = workshop.call(fresh(), ONTO_FULL);
    expectOneSentence(text.stderr, FULL);
    assert.equal(text.status, 16);
    const json = workshop.call([...fresh(), '--json'], ONTO_FULL);
    assert.equal(json.status, 16, json.stderr);
    const last = json.stderr.trimEnd().split('\n').at(-1) ?? '';
    // A content is not a document, so there is nothing to write for some.
    if (last.startsWith('{'))
      assert.equal((JSON.parse(last) as { error: { code: string } }).error.code, 'NO_SPACE');
  });
}

for (const args of [['--version'], ['--help'], ['help']]) {
  test(`rootseal ${args.join(' ')} ends with 16 where there is no room`, () => {
    const { status, stderr } = rootseal(args, { through: ONTO_FULL });
    assert.deepEqual([status, stderr], [16, `${FULL}\n`]);
  });
}

test('a file that is open for reading only cannot be written, which is said', () => {
  const { status, stderr } = workshop.call(['ls', 'main', '/'], ONTO_UNWRITABLE);
  assert.equal(stderr, 'error: standard output: it is not open for this\n');
  assert.equal(status, 1);
});

test('a listing whose reader has gone is not a failure', () => {
  for (const words of [['ls', 'main'], ['log', 'main'], ['--help'], ['image', 'dump', 'image']]) {
    const { status, stderr } = workshop.call(words, ONTO_GONE);
    assert.deepEqual([status, stderr], [0, ''], words.join(' '));
  }
});

test('an archive or a content whose reader has gone is not whole, and that is a failure', () => {
  for (const words of [
    ['export', 'main'],
    ['cat', 'main', '/usr/lib/version'],
  ]) {
    const { status, stderr } = workshop.call(words, ONTO_GONE);
    expectOneSentence(stderr, 'error: standard output: the reader has gone before the end');
    assert.equal(status, 1);
  }
});

test('what a command comes to does not depend on whether somebody reads it', () => {
  const words = ['verify', 'main^', '--keys', workshop.file('keys')];
  assert.equal(workshop.call(words, ONTO_GONE).status, workshop.call(words).status);
  assert.equal(workshop.call(words, ONTO_GONE).status, 12);
});

test('errors that nobody can be told change nothing about the status', () => {
  const through = ['sh', '-c', 'exec "$@" 2>/dev/full', 'sh'];
  assert.equal(workshop.call(['log', 'nothing'], through).status, 10);
  const { status, stdout } = workshop.call(['commit', 'tree', '-b', 'silent'], through);
  assert.equal(status, 0);
  assert.match(stdout, /^[0-9a-f]{64}\n$/);
});

test('progress that nobody takes is given up with a note, and the work is done', () => {
  const through = ['sh', '-c', 'exec "$@" 3>/dev/full', 'sh'];
  const { status, stderr } = workshop.call(['fsck', '--progress-fd', '3'], through);
  assert.equal(status, 0);
  const note = '--progress-fd: no space left on the device: no more progress is written there';
  assert.deepEqual(
    stderr.split('\n').filter((line) => line.includes('progress')),
    [note],
  );
});

for (const words of [
  ['export', 'main', '--output', '/dev/full'],
  ['image', 'create', 'tree', '/dev/full'],
]) {
  test(`rootseal ${words.join(' ')} names what is full`, () => {
    const { status, stderr } = workshop.call(words);
    assert.equal(
      stderr.trimEnd().split('\n').at(-1),
      'error: /dev/full: no space left on the device',
    );
    assert.equal(status, 16);
  });
}

test('a block device gets what is written to it', (t) => {
  if (process.geteuid?.() !== 0) {
    t.skip('needs root');
    return;
  }
  const file = workshop.fresh();
  fs.writeFileSync(file, Buffer.alloc(2 ** 20));
  const device = execFileSync('losetup', ['-f', '--show', file], { encoding: 'utf8' }).trim();
  try {
    const through = ['sh', '-c', `exec "$@" >${device}`, 'sh'];
    const { status, stderr } = workshop.call(['cat', 'other', '/usr/lib/version'], through);
    assert.equal(status, 0, stderr);
  } finally {
    execFileSync('losetup', ['-d', device]);
  }
  assert.match(fs.readFileSync(file, 'latin1').slice(0, 20), /^release 2\n/);
});
