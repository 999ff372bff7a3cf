/** SIGINT and SIGTERM in the middle of long work: each command hears them in its pauses, and leaves a good repository. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { EXIT_STATUS, hasErrno } from '../../src/util/errors.js';
import { startRootseal } from '../helpers/cli-async.js';
import { bootableTree, commitTree } from '../helpers/disk.js';
import { until } from '../helpers/hang.js';
import { TestRepository } from '../helpers/repository.js';
import { memory, scratchDirectory } from '../helpers/scratch.js';
import { Stoppable } from '../helpers/stoppable.js';

/** Chunks of a file that is hashed: a pause may come after each. */
const CHUNKS = 12;
const MEBIBYTE = 1 << 20;
/** Files of a tree, and objects that are garbage. */
const FILES = 40;

interface Setup {
  readonly repository: TestRepository;
  readonly scratch: string;
  /** A tree of one large file and many small ones, which is committed as `main`. */
  readonly tree: string;
}

function setUp(t: TestContext): Setup {
  const repository = TestRepository.makeIn(scratchDirectory(t, memory()));
  const { scratch } = repository;
  const tree = join(scratch, 'tree');
  fs.mkdirSync(tree);
  fs.writeFileSync(join(tree, 'large'), randomBytes(CHUNKS * MEBIBYTE));
  for (let index = 0; index < FILES; index++)
    fs.writeFileSync(join(tree, `small-${index}`), `${index} `.repeat(100));
  repository.expect(['commit', tree, '-b', 'main']);
  return { repository, scratch, tree };
}

interface Case {
  /** What is called, and in which pause it is interrupted: it must come that far. */
  readonly args: (setup: Setup) => string[];
  readonly pause: number;
  /** Whether it works without a repository. */
  readonly isApart?: boolean;
  /** What is made beforehand. */
  readonly prepare?: (setup: Setup) => void;
}

const CASES: Readonly<Record<string, Case>> = {
  'commit, while it hashes': {
    args: ({ tree }) => ['commit', tree, '-b', 'new'],
    pause: CHUNKS,
    prepare: ({ tree }) => {
      fs.appendFileSync(join(tree, 'large'), 'x');
    },
  },
  'fsck, while it hashes': { args: () => ['fsck'], pause: CHUNKS },
  'cat, while it hashes': { args: () => ['cat', 'main', '/large'], pause: CHUNKS },
  'cat, while it prints': { args: () => ['cat', 'main', '/large'], pause: CHUNKS + 8 },
  'checkout, while it makes files': {
    args: ({ scratch }) => ['checkout', 'main', join(scratch, 'out')],
    pause: FILES + CHUNKS,
  },
  'export, while it writes': { args: () => ['export', 'main'], pause: FILES },
  'gc, while it removes objects': {
    args: () => ['gc'],
    pause: 2 * FILES,
    prepare: ({ repository }) => {
      repository.expect(['branch', 'delete', 'main']);
    },
  },
  'verity digest': {
    args: ({ tree }) => ['verity', 'digest', join(tree, 'large')],
    pause: CHUNKS - 1,
    isApart: true,
  },
  'image create, while it hashes': {
    args: ({ tree, scratch }) => ['image', 'create', tree, join(scratch, 'image')],
    pause: CHUNKS,
    isApart: true,
  },
  'pull from a directory': {
    args: ({ scratch }) => ['--repo', join(scratch, 'here'), 'pull', 'origin', 'main'],
    pause: CHUNKS,
    isApart: true,
    prepare: ({ repository, scratch }) => {
      const here = ['--repo', join(scratch, 'here')];
      const policy = join(scratch, 'policy');
      fs.writeFileSync(policy, '[verify]\nmode = none\n');
      repository.expect([...here, 'init']);
      repository.expect([...here, 'remote', 'add', 'origin', repository.path, '--policy', policy]);
    },
  },
};

for (const [what, { args, pause, prepare, isApart = false }] of Object.entries(CASES)) {
  for (const [signal, status] of [
    ['SIGINT', EXIT_STATUS.INTERRUPTED],
    ['SIGTERM', EXIT_STATUS.TERMINATED],
  ] as const)
    test(`${signal} is heard by ${what}, and the repository is good afterwards`, async (t) => {
      const setup = setUp(t);
      prepare?.(setup);
      const repository = isApart ? [] : ['--repo', setup.repository.path];
      const command = new Stoppable([...args(setup), ...repository], { stopAt: `pause:${pause}` });
      const hasStopped = await command.stopped();
      assert.ok(hasStopped, hasStopped ? '' : (await command.ended).stderr);
      command.interrupt(signal);
      const ended = await command.ended;
      assert.deepEqual([ended.status, ended.signal], [status, null], ended.stderr);
      assert.match(ended.stderr, /\nerror: interrupted\n$/);
      setup.repository.expect(['fsck']);
    });
}

test('an interrupted export leaves no part of the archive', async (t) => {
  const { repository, scratch } = setUp(t);
  const archive = join(scratch, 'archive.tar');
  const command = new Stoppable(
    ['--repo', repository.path, 'export', 'main', '--output', archive],
    {
      stopAt: `pause:${FILES}`,
    },
  );
  assert.equal(await command.stopped(), true);
  command.interrupt('SIGTERM');
  assert.equal((await command.ended).status, EXIT_STATUS.TERMINATED);
  assert.deepEqual(
    fs.readdirSync(scratch).filter((name) => name.startsWith('archive')),
    [],
  );
});

test('an interrupted commit leaves nothing in tmp', async (t) => {
  const { repository, tree } = setUp(t);
  fs.appendFileSync(join(tree, 'large'), 'x');
  const command = new Stoppable(['--repo', repository.path, 'commit', tree, '-b', 'new'], {
    stopAt: `pause:${CHUNKS}`,
  });
  assert.equal(await command.stopped(), true);
  command.interrupt('SIGINT');
  assert.equal((await command.ended).status, EXIT_STATUS.INTERRUPTED);
  assert.deepEqual(fs.readdirSync(repository.file('tmp')), []);
});

/** A pause while the disk is planned, and one while its files are written into it. */
for (const pause of [20, 500])
  test(`disk build that is interrupted in its pause ${pause} leaves neither a disk nor its workspace`, async (t) => {
    const repository = TestRepository.makeIn(scratchDirectory(t, memory()));
    const many = Object.fromEntries(
      Array.from({ length: 200 }, (_, index) => [`usr/f${index}`, `${index} `.repeat(100)]),
    );
    commitTree(repository, bootableTree(repository, many));
    const place = join(repository.scratch, 'place');
    fs.mkdirSync(place);
    const args = [
      'disk',
      'build',
      'main',
      '--output',
      join(place, 'disk.img'),
      '--esp-size',
      '34M',
    ];
    const command = new Stoppable([...args, '--repo', repository.path], {
      stopAt: `pause:${pause}`,
    });
    assert.ok(await command.stopped());
    command.interrupt('SIGTERM');
    assert.equal((await command.ended).status, EXIT_STATUS.TERMINATED);
    assert.deepEqual(fs.readdirSync(place), []);
  });

test('a command that waits for the writer of a fifo ends by SIGTERM', async (t) => {
  const { repository, scratch } = setUp(t);
  const fifo = join(scratch, 'fifo');
  execFileSync('mkfifo', [fifo]);
  for (const args of [
    ['--repo', repository.path, 'commit', `tar:${fifo}`, '-b', 'new'],
    ['image', 'dump', fifo],
  ]) {
    const { child, ended } = startRootseal(args);
    const writer = await openForReader(fifo, child.pid);
    child.kill('SIGTERM');
    assert.equal((await ended).status, EXIT_STATUS.TERMINATED);
    fs.closeSync(writer);
  }
});

/** Opens a fifo for writing as soon as somebody reads it, and writes nothing. */
async function openForReader(fifo: string, pid: number | undefined): Promise<number> {
  let fd: number | undefined;
  await until({ what: `somebody to open ${fifo}`, pids: [pid] }, () => {
    fd = tryOpen(fifo);
    return fd !== undefined;
  });
  return fd!;
}

function tryOpen(fifo: string): number | undefined {
  try {
    return fs.openSync(fifo, fs.constants.O_WRONLY | fs.constants.O_NONBLOCK);
  } catch (error) {
    if (hasErrno(error, 'ENXIO')) return undefined;
    throw error;
  }
}
