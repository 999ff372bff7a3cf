/** Trees that are legal and that hardly any program expects. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { mkdirAt, mknodAt } from '../../src/linux/directory.js';
import { openAt } from '../../src/linux/open.js';
import { ascii, fromBytes, type ByteString } from '../../src/util/bytes.js';
import { type CallResult, rootseal } from '../helpers/cli.js';
import { openDirectoryAt } from '../helpers/open-directory.js';
import { scratchDirectory } from '../helpers/scratch.js';

const skipDevices = process.getuid?.() !== 0 && 'needs root, to make devices';

/** Names by the ten thousand are made in memory where that can be had: a disk takes minutes when it is busy. */
const FAST = fs.existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

interface Setup {
  readonly scratch: string;
  readonly tree: string;
  readonly call: (...args: string[]) => CallResult;
}

function makeSetup(t: TestContext): Setup {
  const scratch = scratchDirectory(t, FAST);
  const tree = join(scratch, 'tree');
  fs.mkdirSync(tree);
  const call = (...args: string[]) => {
    const result = rootseal(args, { env: { ROOTSEAL_REPO: join(scratch, 'repo') } });
    assert.equal(result.status, 0, `${args.join(' ')}: ${result.stderr}`);
    return result;
  };
  assert.equal(rootseal(['init', join(scratch, 'repo')]).status, 0);
  return { scratch, tree, call };
}

/** Commits the tree and checks it out again. A second scan of what came out must give the same image. */
function assertRoundTrip({ scratch, tree, call }: Setup): void {
  call('commit', tree, '--branch', 'main');
  call('fsck');
  const out = join(scratch, 'out');
  call('checkout', 'main', out);
  assert.equal(call('image', 'digest', out).stdout, call('image', 'digest', tree).stdout);
}

/** Makes directories of this name in one another, with a file in the last one. Returns the file's path. */
function makeDeep(tree: string, name: ByteString, depth: number, file: ByteString): string {
  const { O_RDONLY, O_DIRECTORY, O_WRONLY, O_CREAT } = fs.constants;
  let fd = fs.openSync(tree, O_RDONLY | O_DIRECTORY);
  for (let level = 0; level < depth; level++) {
    mkdirAt(fd, name);
    const next = openDirectoryAt(fd, name);
    fs.closeSync(fd);
    fd = next;
  }
  const target = openAt(fd, file, O_WRONLY | O_CREAT);
  fs.writeSync(target, 'at the bottom '.repeat(100));
  fs.closeSync(target);
  fs.closeSync(fd);
  return `${`/${name}`.repeat(depth)}/${file}`;
}

for (const [what, name, depth, file] of [
  ['4096 bytes', 'n'.repeat(255), 15, 'f'.repeat(255)],
  ['more than 20,000 bytes', 'n'.repeat(200), 100, 'f'.repeat(255)],
  ['2100 directories', 'd', 2100, 'file'],
] as const) {
  test(`a path of ${what} is committed, listed, read, checked and checked out`, (t) => {
    const setup = makeSetup(t);
    const path = makeDeep(setup.tree, ascii(name), depth, ascii(file));
    if (what === '4096 bytes') assert.equal(path.length, 4096);
    assertRoundTrip(setup);
    const list = setup.call('ls', 'main', '-R').stdout;
    assert.ok(list.trimEnd().endsWith(path));
    assert.equal(setup.call('cat', 'main', path).stdout, 'at the bottom '.repeat(100));
  });
}

test('a directory of 100,000 names is committed, listed, checked and checked out', (t) => {
  const setup = makeSetup(t);
  const directory = join(setup.tree, 'many');
  fs.mkdirSync(directory);
  for (let index = 0; index < 100_000; index++) {
    const name = join(directory, `name-${index}`);
    // Links are made in a tenth of the time.
    if (index % 10 === 0) fs.writeFileSync(name, index % 1000 === 0 ? `${index}` : '');
    else fs.linkSync(join(directory, `name-${index - (index % 10)}`), name);
  }
  assertRoundTrip(setup);
  assert.equal(setup.call('ls', 'main', '/many').stdout.trimEnd().split('\n').length, 100_000);
});

test('20,000 hard links to one inode are one inode again after a checkout', (t) => {
  const setup = makeSetup(t);
  const first = join(setup.tree, 'first');
  fs.writeFileSync(first, 'x'.repeat(1000));
  fs.mkdirSync(join(setup.tree, 'links'));
  for (let index = 1; index < 20_000; index++)
    fs.linkSync(first, join(setup.tree, 'links', `${index}`));
  assertRoundTrip(setup);
  const { nlink, ino } = fs.statSync(join(setup.scratch, 'out/first'));
  assert.equal(nlink, 20_000);
  assert.equal(fs.statSync(join(setup.scratch, 'out/links/19999')).ino, ino);
});

test('names of any bytes stay as they are and are shown without control characters', (t) => {
  const setup = makeSetup(t);
  const names = [
    Buffer.from('new\nline'),
    Buffer.from([0xff, 0xfe, 0x80]),
    Buffer.from('\u001b[31mred'),
    Buffer.from(' '),
    Buffer.from('-rf'),
    Buffer.from('\\x0a'),
    Buffer.from('é'),
    Buffer.from('e\u0301'),
    Buffer.from(Array.from({ length: 254 }, (_, index) => (index + 1 === 47 ? 255 : index + 1))),
  ];
  const directory = Buffer.from(`${setup.tree}/`);
  for (const [index, name] of names.entries()) {
    const path = Buffer.concat([directory, name]);
    if (index % 2 === 0) fs.writeFileSync(path, `${index}`.repeat(100));
    else fs.symlinkSync(Buffer.from([0xff, 0x0a, index]), path);
  }
  assertRoundTrip(setup);
  const found = fs.readdirSync(join(setup.scratch, 'out'), { encoding: 'buffer' });
  const sorted = (list: readonly Buffer[]) => list.map((name) => fromBytes(name)).sort();
  assert.deepEqual(sorted(found), sorted(names));
  const list = setup.call('ls', 'main').stdout;
  assert.equal(list.trimEnd().split('\n').length, names.length);
  // eslint-disable-next-line no-control-regex -- these are what must not be there
  assert.doesNotMatch(list, /[\u0000-\u0009\u000b-\u001f\u007f]/);
});

test('fifos, sockets and devices are committed and made again', { skip: skipDevices }, (t) => {
  const setup = makeSetup(t);
  const fd = fs.openSync(setup.tree, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
  for (const type of ['fifo', 'socket', 'char', 'block'] as const)
    mknodAt(fd, ascii(type), { type, mode: 0o640, rdev: type === 'char' ? 0x103 : 0x700 });
  fs.closeSync(fd);
  assertRoundTrip(setup);
  const kinds = execFileSync('stat', ['--format=%F %t %T %a', 'fifo', 'socket', 'char', 'block'], {
    cwd: join(setup.scratch, 'out'),
    encoding: 'utf8',
  });
  assert.deepEqual(kinds.trimEnd().split('\n'), [
    'fifo 0 0 640',
    'socket 0 0 640',
    'character special file 1 3 640',
    'block special file 7 0 640',
  ]);
});
