/** What lies in the place of an object and is none: every reader says so, and none waits for it or reads it to its end. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { EXIT_STATUS } from '../../src/util/errors.js';
import { startRootseal } from '../helpers/cli-async.js';
import type { CallResult } from '../helpers/cli.js';
import { TestRepository } from '../helpers/repository.js';

/** Larger than any disk here, and without a block on it. */
const SPARSE = 4 * 2 ** 40;
const CONTENT = 'content '.repeat(600);

/** Puts something in the place of a file; says how its damage is told. */
type Replacement = (t: TestContext, file: string) => RegExp | Promise<RegExp>;

const OTHER_KINDS: Readonly<Record<string, Replacement>> = {
  'a fifo': (_t, file) => {
    execFileSync('mkfifo', [file]);
    return /it is not a regular file/;
  },
  'a directory': (_t, file) => {
    fs.mkdirSync(file);
    return /it is not a regular file/;
  },
  'a symbolic link': (t, file) => {
    const elsewhere = join(fs.mkdtempSync('/tmp/rootseal-test-'), 'content');
    t.after(() => {
      fs.rmSync(join(elsewhere, '..'), { recursive: true });
    });
    fs.writeFileSync(elsewhere, CONTENT);
    fs.symlinkSync(elsewhere, file);
    return /it is not a regular file/;
  },
  'a socket': async (t, file) => {
    // Its name may be too long for a socket's address.
    const short = join(fs.mkdtempSync('/tmp/rootseal-test-'), 's');
    const server = net.createServer().listen(short);
    await once(server, 'listening');
    t.after(() => {
      server.close();
      fs.rmSync(join(short, '..'), { recursive: true });
    });
    fs.renameSync(short, file);
    return /it is not a regular file/;
  },
};

const OTHER_SIZES: Readonly<Record<string, Replacement>> = {
  'a sparse file of 4 TB': (_t, file) => {
    fs.writeFileSync(file, CONTENT);
    fs.truncateSync(file, SPARSE);
    return new RegExp(`it has ${SPARSE} bytes`);
  },
  'a shorter file': (_t, file) => {
    fs.writeFileSync(file, CONTENT.slice(1));
    return new RegExp(`it has ${CONTENT.length - 1} bytes`);
  },
};

const READERS: Readonly<Record<string, (repository: TestRepository) => string[]>> = {
  cat: () => ['cat', 'main', '/file'],
  checkout: ({ scratch }) => ['checkout', 'main', join(scratch, 'out')],
  'export to a file': ({ scratch }) => ['export', 'main', '--output', join(scratch, 'out.tar')],
  export: () => ['export', 'main'],
};

async function call(repository: TestRepository, args: readonly string[]): Promise<CallResult> {
  return startRootseal(args, { env: { ROOTSEAL_REPO: repository.path } }).ended;
}

async function replaced(
  t: TestContext,
  what: Replacement,
  fileOf: (repository: TestRepository) => string,
): Promise<{ repository: TestRepository; tells: RegExp }> {
  const repository = TestRepository.make(t);
  repository.commit({ file: CONTENT });
  const file = fileOf(repository);
  fs.rmSync(file);
  return { repository, tells: await what(t, file) };
}

const content = (repository: TestRepository): string =>
  repository.objectFile(repository.digestOf('main', '/file'));
const image = (repository: TestRepository): string =>
  repository.objectFile(repository.imageOf('main'));

for (const [what, replace] of Object.entries({ ...OTHER_KINDS, ...OTHER_SIZES })) {
  for (const [reader, args] of Object.entries(READERS)) {
    test(`${what} in place of a content is damage to ${reader}`, async (t) => {
      const { repository, tells } = await replaced(t, replace, content);
      const { status, stderr } = await call(repository, args(repository));
      assert.equal(status, EXIT_STATUS.OBJECT_CORRUPT, stderr);
      assert.match(stderr, tells);
    });
  }

  test(`${what} in place of an image is damage to whoever reads the tree`, async (t) => {
    const { repository } = await replaced(t, replace, image);
    for (const args of [['ls', 'main'], ['du', 'main'], ['diff', 'main', 'main'], ['gc']]) {
      const { status, stderr } = await call(repository, args);
      assert.equal(status, EXIT_STATUS.OBJECT_CORRUPT, `${args.join(' ')}: ${stderr}`);
    }
  });
}

for (const [what, replace] of Object.entries(OTHER_KINDS)) {
  test(`${what} in place of an object is a finding of fsck that says what it is`, async (t) => {
    const { repository } = await replaced(t, replace, content);
    const { status, stdout } = await call(repository, ['fsck']);
    assert.equal(status, EXIT_STATUS.FINDINGS);
    assert.match(stdout, /^object-corrupt [0-9a-f]{64}: it is not a regular file$/m);
  });
}

test('a sparse file of 4 TB in place of an object is a finding of fsck, and nothing of it is read', async (t) => {
  const { repository } = await replaced(t, OTHER_SIZES['a sparse file of 4 TB']!, content);
  const { status, stdout } = await call(repository, ['fsck', '--json']);
  assert.equal(status, EXIT_STATUS.FINDINGS);
  const { bytes, findings } = JSON.parse(stdout) as {
    bytes: number;
    findings: { kind: string; message: string }[];
  };
  assert.deepEqual(
    findings.map(({ kind }) => kind),
    ['object-corrupt'],
  );
  assert.match(findings[0]?.message ?? '', /it has 4398046511104 bytes, more than the 4800 /);
  assert.ok(bytes < SPARSE);
});

test('a sparse file of 4 TB that no image names is checked to its end', async (t) => {
  const repository = TestRepository.make(t);
  repository.commit({ file: CONTENT });
  const stray = repository.objectFile('ab'.repeat(32));
  fs.mkdirSync(join(stray, '..'), { recursive: true });
  fs.writeFileSync(stray, '');
  fs.truncateSync(stray, SPARSE);
  const { status, stdout } = await call(repository, ['fsck']);
  assert.equal(status, EXIT_STATUS.FINDINGS);
  assert.match(stdout, /^object-corrupt (?:ab){32}: the content has the digest [0-9a-f]{64}$/m);
});

for (const [what, replace] of Object.entries({ ...OTHER_KINDS, ...OTHER_SIZES })) {
  if (what === 'a directory') continue;
  test(`${what} in place of an object does not count as the object for a commit, which stores it again`, async (t) => {
    const { repository } = await replaced(t, replace, content);
    const object = fs.readdirSync(repository.file('tmp'));
    assert.deepEqual(object, []);
    const tree = repository.tree({ file: CONTENT });
    const { status, stderr } = await call(repository, ['commit', tree, '-b', 'main']);
    assert.equal(status, 0, stderr);
    repository.expect(['fsck']);
  });

  test(`${what} in place of an object of a directory is not pulled`, async (t) => {
    const { repository } = await replaced(t, replace, content);
    const here = TestRepository.make(t);
    const policy = join(here.scratch, 'policy');
    fs.writeFileSync(policy, '[verify]\nmode = none\n');
    here.expect(['remote', 'add', 'origin', repository.path, '--policy', policy]);
    const { status, stderr } = await call(here, ['pull', 'origin', 'main']);
    const refused: (number | null)[] = [EXIT_STATUS.DIGEST_MISMATCH, EXIT_STATUS.OBJECT_NOT_FOUND];
    // A mirror may lead to its files by links.
    assert.ok(what === 'a symbolic link' || refused.includes(status), stderr);
  });
}

test('a fifo in place of a small file of the repository is damage, and nobody waits for it', async (t) => {
  const cases: readonly (readonly [file: string, status: number])[] = [
    ['meta.json', EXIT_STATUS.FORMAT_INVALID],
    ['refs/heads/main', EXIT_STATUS.FORMAT_INVALID],
  ];
  for (const [file, expected] of cases) {
    const repository = TestRepository.make(t);
    repository.commit({ file: CONTENT });
    fs.rmSync(repository.file(file));
    execFileSync('mkfifo', [repository.file(file)]);
    const { status, stderr } = await call(repository, ['ls', 'main']);
    assert.equal(status, expected, stderr);
    assert.match(stderr, /is not a regular file/);
  }
});
