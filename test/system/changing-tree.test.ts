/** A tree that does not stand still while it is taken in. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { scanWholeTree } from '../../src/disk/lint/whole-tree.js';
import { Repository } from '../../src/repo/repository.js';
import { WriteSession } from '../../src/repo/write-session.js';
import { ingestScan } from '../../src/repo/source/ingest.js';
import { scanDirectory } from '../../src/repo/source/scan.js';
import { Workers } from '../../src/repo/work/workers.js';
import { RootsealError } from '../../src/util/errors.js';
import { scratchDirectory } from '../helpers/scratch.js';

/** Sizes around the limits at which content is taken in in another way: inline, whole, direct, in pieces. */
const SIZES = [1, 64, 65, 5000, 100_000, 5_000_000];

const BIND = 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])';

/** Scans a tree, lets `change` happen, takes the contents in and returns what was thrown. */
async function changeAfterScan(
  t: TestContext,
  size: number,
  change: (tree: string, file: string) => void,
): Promise<unknown> {
  const scratch = scratchDirectory(t);
  const tree = join(scratch, 'tree');
  const file = join(tree, 'sub/file');
  fs.mkdirSync(join(tree, 'sub/inner'), { recursive: true });
  fs.writeFileSync(file, Buffer.alloc(size, 'a'));
  fs.writeFileSync(join(scratch, 'outside'), Buffer.alloc(size, 'a'));
  const repository = Repository.init(join(scratch, 'repo'), 'sha256');
  const session = WriteSession.inRepository(repository);
  const workers = new Workers({
    algorithm: 'sha256',
    objectsDir: session.target.objectsDir,
    stagingDir: session.staging.directory,
    requireVerity: false,
  });
  const scan = scanDirectory(tree, { xattrs: 'all', progress: () => undefined });
  try {
    while (scan.advance());
    // A clock that ticks every few milliseconds must not hide the change.
    waitForClock(scratch);
    change(tree, file);
    await ingestScan(scan, { workers, progress: () => undefined });
    return undefined;
  } catch (error) {
    return error;
  } finally {
    scan.close();
    await workers.close();
    await session.abandon();
  }
}

/** Returns when the file system gives times later than those it gave before. */
function waitForClock(directory: string): void {
  const file = join(directory, 'clock');
  fs.writeFileSync(file, '');
  const before = fs.statSync(file, { bigint: true }).ctimeNs;
  while (fs.statSync(file, { bigint: true }).ctimeNs === before) fs.utimesSync(file, 1, 1);
}

function assertChanged(error: unknown, path: string, what: string): void {
  assert.ok(error instanceof RootsealError, `${what}: ${String(error)}`);
  assert.equal(error.code, 'TREE_CHANGED', `${what}: ${error.message}`);
  assert.ok(error.message.startsWith(`${path}: `), `${what}: ${error.message}`);
  assert.equal(error.details['path'], path);
}

const CONTENT_CHANGES: Readonly<Record<string, (tree: string, file: string) => void>> = {
  'a file that grows': (_, file) => {
    fs.appendFileSync(file, 'b');
  },
  'a file that shrinks': (_, file) => {
    fs.truncateSync(file, fs.statSync(file).size - 1);
  },
  'a file that is rewritten with the same size and time': (_, file) => {
    const { atime, mtime, size } = fs.statSync(file);
    fs.writeFileSync(file, Buffer.alloc(size, 'b'));
    fs.utimesSync(file, atime, mtime);
  },
  'a file that is replaced by another one': (_, file) => {
    fs.writeFileSync(`${file}-new`, fs.readFileSync(file));
    fs.renameSync(`${file}-new`, file);
  },
  'a file that is replaced by a symlink out of the tree': (tree, file) => {
    fs.rmSync(file);
    fs.symlinkSync(join(tree, '../outside'), file);
  },
  'a file that vanishes': (_, file) => {
    fs.rmSync(file);
  },
  'a file that becomes a directory': (_, file) => {
    fs.rmSync(file);
    fs.mkdirSync(file);
  },
  'a file that becomes a fifo': (_, file) => {
    fs.rmSync(file);
    execFileSync('mkfifo', [file]);
  },
  'a file that becomes a socket': (_, file) => {
    fs.rmSync(file);
    execFileSync('python3', ['-c', BIND, file]);
  },
  'a file whose directory becomes a symlink': (tree) => {
    fs.renameSync(join(tree, 'sub'), join(tree, '../sub'));
    fs.symlinkSync('../sub', join(tree, 'sub'));
  },
};

for (const [what, change] of Object.entries(CONTENT_CHANGES)) {
  test(`${what} fails the commit and is named`, async (t) => {
    for (const size of SIZES)
      assertChanged(await changeAfterScan(t, size, change), '/sub/file', `${size} bytes`);
  });
}

const NAME_CHANGES: Readonly<Record<string, [string, (tree: string) => void]>> = {
  'a name that is added': [
    '/sub',
    (tree) => {
      fs.writeFileSync(join(tree, 'sub/new'), '');
    },
  ],
  'a directory that vanishes': [
    '/sub',
    (tree) => {
      fs.rmdirSync(join(tree, 'sub/inner'));
    },
  ],
  'a name that is added to the root': [
    '/',
    (tree) => {
      fs.mkdirSync(join(tree, 'new'));
    },
  ],
  'a directory whose mode changes': [
    '/sub/inner',
    (tree) => {
      fs.chmodSync(join(tree, 'sub/inner'), 0o700);
    },
  ],
};

for (const [what, [path, change]] of Object.entries(NAME_CHANGES)) {
  test(`${what} fails the commit, and its directory is named`, async (t) => {
    assertChanged(await changeAfterScan(t, 100, change), path, what);
  });
}

test('a tree that stands still is taken in', async (t) => {
  for (const size of SIZES)
    assert.equal(await changeAfterScan(t, size, () => undefined), undefined);
});

test('a directory that vanishes during the scan fails it and is named', (t) => {
  const tree = scratchDirectory(t);
  for (let index = 0; index < 200; index++) fs.mkdirSync(join(tree, `d${index}`));
  const scan = scanDirectory(tree, { xattrs: 'all', progress: () => undefined });
  t.after(() => {
    scan.close();
  });
  assert.ok(scan.advance(), 'the directories are seen and still to be read');
  for (const name of fs.readdirSync(tree)) fs.rmdirSync(join(tree, name));
  assert.throws(
    () => scan.advance(),
    (error) => {
      assert.ok(error instanceof RootsealError);
      assert.equal(error.code, 'TREE_CHANGED', error.message);
      assert.match(error.message, /^\/d\d+: /);
      return true;
    },
  );
});

for (const [what, change] of [
  [
    'vanishes',
    (file: string) => {
      fs.rmSync(file);
    },
  ],
  [
    'becomes a link out of the tree',
    (file: string) => {
      fs.rmSync(file);
      fs.symlinkSync('/etc/passwd', file);
    },
  ],
  [
    'becomes a directory',
    (file: string) => {
      fs.rmSync(file);
      fs.mkdirSync(file);
    },
  ],
  [
    'becomes a fifo',
    (file: string) => {
      fs.rmSync(file);
      execFileSync('mkfifo', [file]);
    },
  ],
] as const) {
  test(`P6: a file that ${what} while rules look at the tree ends lint, and is named`, async (t) => {
    const tree = scratchDirectory(t);
    const file = join(tree, 'file');
    fs.writeFileSync(file, 'content');
    const whole = await scanWholeTree(tree, { progress: () => undefined, signal: undefined });
    t.after(whole.close);
    const [entry] = whole.entries;
    assert.ok(entry?.inode.kind === 'file');
    change(file);
    const { path, inode } = entry;
    const error = await Promise.resolve()
      .then(() => whole.start(path, inode, 10))
      .catch((thrown: unknown) => thrown);
    assertChanged(error, '/file', what);
  });
}
