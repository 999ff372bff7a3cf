import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { chmodAt, chownAt, utimensAt, utimensFd } from '../../src/linux/set-attributes.js';
import { copyBytes, copyRange, reflink } from '../../src/linux/copy.js';
import * as directory from '../../src/linux/directory.js';
import { dataRanges } from '../../src/linux/data-extents.js';
import { AT_FDCWD } from '../../src/linux/libc.js';
import * as open from '../../src/linux/open.js';
import { statAt, statFd } from '../../src/linux/stat.js';
import { syncfs } from '../../src/linux/sync.js';
import { ascii, type ByteString, fromText } from '../../src/util/bytes.js';
import { SyscallError } from '../../src/util/errors.js';
import { openDirectoryAt } from '../helpers/open-directory.js';
import { scratchDirectory } from '../helpers/scratch.js';

const { O_RDONLY, O_RDWR, O_CREAT, O_DIRECTORY, O_WRONLY } = fs.constants;
const notRoot = process.getuid?.() === 0 ? false : 'needs root';

function openScratch(t: TestContext): { path: string; fd: number } {
  const path = scratchDirectory(t);
  const fd = open.openAt(AT_FDCWD, fromText(path), O_RDONLY | O_DIRECTORY);
  t.after(() => {
    fs.closeSync(fd);
  });
  return { path, fd };
}

function writeAt(fd: number, name: ByteString, content: string | Buffer): void {
  const file = open.openAt(fd, name, O_WRONLY | O_CREAT);
  fs.writeFileSync(file, content);
  fs.closeSync(file);
}

function errnoOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof SyscallError, String(error));
    return error.errno;
  }
  return 'no error';
}

test('a failed call tells the whole path and what is wrong, and has its name and errno', (t) => {
  const { path, fd } = openScratch(t);
  assert.throws(() => open.openAt(fd, ascii('gone\xff'), O_RDONLY), {
    name: 'SyscallError',
    message: `${path}/gone\\xff: no such file or directory`,
    code: 'PATH_NOT_FOUND',
    syscall: 'openat',
    errno: 'ENOENT',
  });
});

test('a name with a NUL byte is refused, not cut short', (t) => {
  const { fd } = openScratch(t);
  writeAt(fd, ascii('a'), '');
  assert.equal(
    errnoOf(() => statAt(fd, ascii('a\0b'))),
    'EINVAL',
  );
});

test('descriptors are not inherited by programs', (t) => {
  const { fd } = openScratch(t);
  const info = fs.readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8');
  const flags = parseInt(/flags:\t(\d+)/.exec(info)![1]!, 8);
  assert.equal(flags & open.O_CLOEXEC, open.O_CLOEXEC);
});

test('every byte but NUL and slash survives in a name', (t) => {
  const { fd } = openScratch(t);
  const names: string[] = [];
  for (let byte = 1; byte < 256; byte++) {
    if (byte !== 0x2f) names.push(`x${String.fromCharCode(byte)}`);
  }
  for (const name of names) writeAt(fd, name as ByteString, '');
  assert.deepEqual(directory.readDirectory(fd).sort(), names.sort());
  assert.equal(directory.readDirectory(fd).length, names.length, 'a second reading starts again');
});

test('a directory of 100,000 entries is read whole', (t) => {
  const { path, fd } = openScratch(t);
  for (let i = 0; i < 100_000; i++) fs.symlinkSync('x', join(path, `n${i}`));
  const names = directory.readDirectory(fd);
  assert.equal(new Set(names).size, 100_000);
});

test(
  'stat tells type, owner, times and device numbers of the name itself',
  { skip: notRoot },
  (t) => {
    const { path, fd } = openScratch(t);
    fs.symlinkSync('nowhere', join(path, 'link'));
    chownAt(fd, ascii('link'), 70_001, 70_002);
    utimensAt(fd, ascii('link'), -5, 123_456_789);
    const link = statAt(fd, ascii('link'));
    assert.equal(link.type, 'symlink');
    assert.deepEqual([link.uid, link.gid, link.size], [70_001, 70_002, 7]);
    assert.deepEqual([link.mtimeSec, link.mtimeNsec], [-5, 123_456_789]);

    const rdev = 0x1234_5678 & ~0;
    directory.mknodAt(fd, ascii('device'), { type: 'block', mode: 0o600, rdev });
    const device = statAt(fd, ascii('device'));
    assert.deepEqual([device.type, device.mode, device.rdev], ['block', 0o600, rdev]);
    for (const type of ['fifo', 'socket', 'char'] as const) {
      directory.mknodAt(fd, ascii(type), { type, mode: 0o640, rdev: 0 });
      assert.equal(statAt(fd, ascii(type)).type, type);
    }
    const expected = fs.lstatSync(path, { bigint: true });
    const self = statFd(fd);
    assert.deepEqual([self.type, self.ino, self.nlink], ['directory', expected.ino, 2]);
  },
);

test('a file larger than 4 GiB has its whole size', (t) => {
  const { path, fd } = openScratch(t);
  fs.writeFileSync(join(path, 'big'), '');
  fs.truncateSync(join(path, 'big'), 10 * 2 ** 30 + 1);
  assert.equal(statAt(fd, ascii('big')).size, 10 * 2 ** 30 + 1);
});

test('mode and times of a file can be set, and a symbolic link is not followed', (t) => {
  const { path, fd } = openScratch(t);
  writeAt(fd, ascii('file'), 'x');
  fs.symlinkSync('file', join(path, 'link'));
  chmodAt(fd, ascii('file'), 0o4751);
  utimensAt(fd, ascii('file'), 5_000_000_000, 7);
  const file = statAt(fd, ascii('file'));
  assert.deepEqual([file.mode, file.mtimeSec, file.mtimeNsec], [0o4751, 5_000_000_000, 7]);
  assert.equal(
    errnoOf(() => {
      chmodAt(fd, ascii('link'), 0o600);
    }),
    'EOPNOTSUPP',
  );
  assert.equal(statAt(fd, ascii('file')).mode, 0o4751);
  const opened = open.openAt(fd, ascii('file'), O_RDONLY);
  utimensFd(opened, 1, 2);
  assert.deepEqual([statFd(opened).mtimeSec, statFd(opened).mtimeNsec], [1, 2]);
  fs.closeSync(opened);
});

test('links, directories and removal work by byte name', (t) => {
  const { fd } = openScratch(t);
  const name = ascii('\xfe\xff');
  directory.mkdirAt(fd, name, 0o755);
  const inner = openDirectoryAt(fd, name);
  directory.symlinkAt(ascii('\x80target'), inner, ascii('link'));
  assert.equal(directory.readLinkAt(inner, ascii('link')), '\x80target');
  directory.linkAt(inner, ascii('link'), fd, ascii('hard'));
  assert.equal(statAt(fd, ascii('hard')).type, 'symlink');
  assert.equal(statAt(fd, ascii('hard')).nlink, 2);
  directory.unlinkAt(inner, ascii('link'));
  fs.closeSync(inner);
  directory.rmdirAt(fd, name);
  assert.deepEqual(directory.readDirectory(fd), ['hard']);
});

test('a path of more than 4096 bytes opens below its root', (t) => {
  const { fd } = openScratch(t);
  const component = ascii('d'.repeat(250));
  const depth = 40;
  let deepest = openDirectoryAt(fd, ascii('.'));
  for (let i = 0; i < depth; i++) {
    directory.mkdirAt(deepest, component);
    const next = openDirectoryAt(deepest, component);
    fs.closeSync(deepest);
    deepest = next;
  }
  writeAt(deepest, ascii('leaf'), 'deep');
  fs.closeSync(deepest);
  const path = `${Array(depth).fill(component).join('/')}/leaf` as ByteString;
  for (const openPath of [open.openBeneath, open.openStepwise]) {
    const leaf = openPath(fd, path, O_RDONLY);
    assert.equal(fs.readFileSync(leaf, 'utf8'), 'deep');
    fs.closeSync(leaf);
  }
});

for (const openPath of [open.openBeneath, open.openStepwise]) {
  test(`${openPath.name} refuses symbolic links, dot-dot and absolute paths`, (t) => {
    const { path, fd } = openScratch(t);
    fs.mkdirSync(join(path, 'real'));
    fs.writeFileSync(join(path, 'real/file'), 'x');
    fs.symlinkSync('real', join(path, 'linked'));
    fs.symlinkSync('file', join(path, 'real/alias'));
    const tryOpen = (name: string) => errnoOf(() => openPath(fd, name as ByteString, O_RDONLY));
    assert.match(tryOpen('linked/file'), /ELOOP|ENOTDIR/);
    assert.equal(tryOpen('real/alias'), 'ELOOP');
    assert.equal(tryOpen('real/../real/file'), 'EXDEV');
    assert.equal(tryOpen('..'), 'EXDEV');
    assert.equal(tryOpen('/etc/passwd'), 'EXDEV');
    assert.equal(tryOpen('real/missing'), 'ENOENT');
    const itself = openPath(fd, ascii(''), O_RDONLY | O_DIRECTORY);
    assert.equal(statFd(itself).ino, statFd(fd).ino);
    fs.closeSync(itself);
    const created = openPath(fd, ascii('real/new'), O_RDWR | O_CREAT, 0o600);
    assert.equal(statFd(created).mode, 0o600);
    fs.closeSync(created);
  });
}

test('content is copied from position to position and stops where the source ends', async (t) => {
  const { path, fd } = openScratch(t);
  const content = Buffer.alloc(3_000_000, 'rootseal');
  writeAt(fd, ascii('source'), content);
  for (const [name, copy] of Object.entries({ copyRange, copyBytes })) {
    const from = open.openAt(fd, ascii('source'), O_RDONLY);
    const to = open.openAt(fd, ascii(name), O_RDWR | O_CREAT);
    assert.equal(await copy(from, to, 1000), 1000);
    assert.equal(await copy(from, to, 4_000_000), content.length - 1000);
    assert.deepEqual(fs.readFileSync(join(path, name)), content);
    fs.closeSync(from);
    fs.closeSync(to);
  }
  await syncfs(fd);
});

test('a reflink shares all content or says that the file system cannot', (t) => {
  const { path, fd } = openScratch(t);
  writeAt(fd, ascii('source'), 'shared');
  const from = open.openAt(fd, ascii('source'), O_RDONLY);
  const to = open.openAt(fd, ascii('clone'), O_RDWR | O_CREAT);
  const shared = reflink(from, to);
  assert.equal(fs.readFileSync(join(path, 'clone'), 'utf8'), shared ? 'shared' : '');
  fs.closeSync(to);
  assert.equal(
    errnoOf(() => reflink(from, to)),
    'EBADF',
  );
  fs.closeSync(from);
});

test('the data of a sparse file is found without reading its holes', (t) => {
  const { path } = openScratch(t);
  const size = 10 * 2 ** 30;
  const fd = fs.openSync(join(path, 'sparse'), 'w+');
  t.after(() => {
    fs.closeSync(fd);
  });
  fs.ftruncateSync(fd, size);
  assert.deepEqual([...dataRanges(fd, size)], []);
  fs.writeSync(fd, 'middle', 5 * 2 ** 30);
  fs.writeSync(fd, 'end', size - 3);
  const ranges = [...dataRanges(fd, size)];
  assert.ok(ranges.every(({ start, end }) => start < end && end <= size));
  const covers = (at: number) => ranges.some(({ start, end }) => start <= at && at < end);
  assert.ok(covers(5 * 2 ** 30) && covers(5 * 2 ** 30 + 5) && covers(size - 1));
  assert.ok(!covers(0) && !covers(7 * 2 ** 30));
  assert.deepEqual([...dataRanges(fd, 0)], []);
});
