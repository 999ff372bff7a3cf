/** Mounted images whose contents the kernel checks, and every way to put something else into an object's place. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import fc from 'fast-check';
import { unmount } from '../../../../src/linux/mount-api.js';
import { encodeDev } from '../../../../src/linux/stat.js';
import { fromText } from '../../../../src/util/bytes.js';
import {
  arbitraryDirectory,
  type DirectoryDescription,
  snapshot,
  writeDirectory,
} from '../../../helpers/disk-tree.js';
import { TestRepository } from '../../../helpers/repository.js';
import { scratchDirectory } from '../../../helpers/scratch.js';
import { dropCaches, replaceFile } from './measured.js';

const TREES = 4;
const FILES = ['good', 'copied', 'changed', 'missing'] as const;
const contentOf = (name: string): string => name.repeat(5000);

/** Mounts branch main on a new directory. */
function mountMain(repository: TestRepository, ...options: string[]): string {
  const target = fs.mkdtempSync('/mnt/image-');
  repository.expect(['image', 'mount', 'main', target, ...options]);
  return target;
}

/** Mounts branch main until the test ends. */
function mount(t: TestContext, repository: TestRepository, ...options: string[]): string {
  const target = mountMain(repository, ...options);
  t.after(() => {
    unmount(fromText(target), { detach: true });
  });
  return target;
}

test('a mounted commit is the tree that was committed, in every attribute', (t) => {
  const trees = fc.sample(arbitraryDirectory(false), { seed: 20, numRuns: TREES });
  for (const { root, steps } of trees) {
    const repository = TestRepository.make(t);
    const tree = join(repository.scratch, 'tree');
    writeDirectory(tree, { root, steps: steps.filter(isShownAsItIs) });
    repository.expect(['commit', tree, '-b', 'main', '--xattrs', 'all']);
    const target = mount(t, repository, '--verity', 'on');
    dropCaches();
    assert.deepEqual(attributesOf(target), attributesOf(tree));
  }
});

/** All but the number of links of directories, which btrfs does not count. */
function attributesOf(path: string): unknown {
  const entries = Object.entries(snapshot(path) as Record<string, { mode: bigint }>);
  return entries.map(([name, entry]) => {
    const isDirectory = (Number(entry.mode) & fs.constants.S_IFMT) === fs.constants.S_IFDIR;
    return [name, isDirectory ? { ...entry, nlink: undefined } : entry];
  });
}

/** Overlayfs shows a whiteout, the character device 0:0, as an empty file with a mark. */
function isShownAsItIs({ content }: DirectoryDescription['steps'][number]): boolean {
  return content.kind !== 'char' || content.rdev !== encodeDev(0, 0);
}

let damaged: string | undefined;

/** Where a commit is mounted whose objects were tampered with, each in its own way. It stays until the machine ends. */
function damagedMount(): string {
  if (damaged !== undefined) return damaged;
  const repository = TestRepository.makeIn(fs.mkdtempSync(join(tmpdir(), 'damaged-')));
  repository.commit(Object.fromEntries(FILES.map((name) => [name, contentOf(name)])));
  const object = (name: string): string =>
    repository.objectFile(repository.digestOf('main', `/${name}`));
  replaceFile(object('copied'));
  replaceFile(object('changed'), Buffer.from(contentOf('CHANGED')), true);
  fs.rmSync(object('missing'));
  damaged = mountMain(repository);
  return damaged;
}

function refusalOf(name: string): string | undefined {
  const file = join(damagedMount(), name);
  assert.equal(fs.statSync(file).size, contentOf(name).length, 'what the image says is all right');
  try {
    fs.closeSync(fs.openSync(file, 'r'));
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}

test('the mount asks the kernel for fs-verity without being told to', () => {
  const target = damagedMount();
  const [line = ''] = fs
    .readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .filter((mounted) => mounted.includes(` ${target} `));
  assert.match(line, /\bverity=require\b/);
  assert.match(line, /\bro\b/);
});

test('an object that nobody touched can be read', () => {
  assert.equal(refusalOf('good'), undefined);
  assert.equal(fs.readFileSync(join(damagedMount(), 'good'), 'utf8'), contentOf('good'));
});

test('an object with the right content but without fs-verity cannot be opened', () => {
  assert.equal(refusalOf('copied'), 'EIO');
  assert.match(kernelLog(), /has no fs-verity digest/);
});

test('an object with other content and fs-verity of its own cannot be opened', () => {
  assert.equal(refusalOf('changed'), 'EIO');
  assert.match(kernelLog(), /has the wrong fs-verity digest/);
});

test('an object that is missing cannot be opened', () => {
  assert.equal(refusalOf('missing'), 'ENOENT');
});

function kernelLog(): string {
  return execFileSync('dmesg', { encoding: 'utf8' });
}

test('--verity on refuses an image without fs-verity, and auto tells that nothing is checked', (t) => {
  const repository = TestRepository.make(t);
  repository.commit({ a: contentOf('a') });
  replaceFile(repository.objectFile(repository.imageOf('main')));
  const target = join(scratchDirectory(t, '/tmp'), 'target');
  fs.mkdirSync(target);
  const refused = repository.call(['image', 'mount', 'main', target, '--verity', 'on']);
  assert.equal(refused.status, 12, refused.stderr);
  assert.match(refused.stderr, /the image has no fs-verity/);
  assert.deepEqual(fs.readdirSync(target), []);
  const mounted = repository.call(['image', 'mount', 'main', target]);
  assert.equal(mounted.status, 0);
  assert.match(mounted.stderr, /does not check/);
  unmount(fromText(target));
});

test('another image in the place of the one that was asked for is not mounted', (t) => {
  const repository = TestRepository.make(t);
  repository.commit({ a: contentOf('a') }, 'other');
  repository.commit({ a: contentOf('b') });
  const other = fs.readFileSync(repository.objectFile(repository.imageOf('other')));
  replaceFile(repository.objectFile(repository.imageOf('main')), other, true);
  for (const verity of ['on', 'auto', 'off']) {
    const refused = repository.call(['image', 'mount', 'main', '/mnt', '--verity', verity]);
    assert.equal(refused.status, 17, `${verity}: ${refused.stderr}`);
  }
});

test('what is written over a mounted commit is kept above it, and the object stays sealed', (t) => {
  const repository = TestRepository.make(t);
  repository.commit({ a: contentOf('a') });
  const [upper, work] = ['upper', 'work'].map((name) => {
    const directory = join(repository.scratch, name);
    fs.mkdirSync(directory);
    return directory;
  });
  const target = mount(
    t,
    repository,
    '--verity',
    'on',
    '--upper',
    upper ?? '',
    '--work',
    work ?? '',
  );
  fs.chmodSync(join(target, 'a'), 0o600);
  assert.equal(fs.readFileSync(join(target, 'a'), 'utf8'), contentOf('a'));
  fs.appendFileSync(join(target, 'a'), 'more');
  assert.equal(fs.readFileSync(join(target, 'a'), 'utf8'), `${contentOf('a')}more`);
  repository.expect(['fsck']);
});
