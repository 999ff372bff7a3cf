import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { AT_FDCWD } from '../../src/linux/libc.js';
import { openAt } from '../../src/linux/open.js';
import * as xattr from '../../src/linux/xattr.js';
import { ascii, type ByteString, fromBytes, fromText } from '../../src/util/bytes.js';
import { scratchDirectory } from '../helpers/scratch.js';

const { O_RDONLY, O_DIRECTORY } = fs.constants;
const everyByte = fromBytes(Uint8Array.from({ length: 256 }, (_, index) => index));
const notRoot = process.getuid?.() === 0 ? false : 'trusted.* needs root';

function makeFiles(t: TestContext): { path: string; fd: number } {
  const path = scratchDirectory(t);
  fs.writeFileSync(join(path, 'file'), '');
  fs.symlinkSync('file', join(path, 'link'));
  const fd = openAt(AT_FDCWD, fromText(path), O_RDONLY | O_DIRECTORY);
  t.after(() => {
    fs.closeSync(fd);
  });
  return { path, fd };
}

test('values keep every byte, the empty value too', { skip: notRoot }, (t) => {
  const { fd } = makeFiles(t);
  xattr.setXattrAt(fd, ascii('file'), ascii('trusted.bytes'), everyByte);
  xattr.setXattrAt(fd, ascii('file'), ascii('user.empty'), ascii(''));
  xattr.setXattrAt(fd, ascii('file'), 'user.\xffname' as ByteString, ascii('1'));
  const expected = new Map([
    ['trusted.bytes', everyByte],
    ['user.empty', ''],
    ['user.\xffname', '1'],
  ]);
  const sorted = (map: ReadonlyMap<string, string>) => new Map([...map].sort());
  assert.deepEqual(sorted(xattr.readXattrsAt(fd, ascii('file'))), expected);
  const file = openAt(fd, ascii('file'), O_RDONLY);
  assert.deepEqual(sorted(xattr.readXattrsFd(file)), expected);
  fs.closeSync(file);
});

test('a symbolic link has attributes of its own', { skip: notRoot }, (t) => {
  const { fd } = makeFiles(t);
  xattr.setXattrAt(fd, ascii('file'), ascii('trusted.of'), ascii('file'));
  assert.equal(xattr.readXattrsAt(fd, ascii('link')).size, 0);
  xattr.setXattrAt(fd, ascii('link'), ascii('trusted.of'), ascii('link'));
  assert.equal(xattr.readXattrsAt(fd, ascii('file')).get(ascii('trusted.of')), 'file');
  assert.equal(xattr.readXattrsAt(fd, ascii('link')).get(ascii('trusted.of')), 'link');
});

test('attributes can be set on an open file and replaced', (t) => {
  const { fd } = makeFiles(t);
  const file = openAt(fd, ascii('file'), O_RDONLY);
  xattr.setXattrFd(file, ascii('user.a'), ascii('longer'));
  xattr.setXattrFd(file, ascii('user.a'), ascii('x'));
  assert.deepEqual(xattr.readXattrsFd(file), new Map([['user.a', 'x']]));
  fs.closeSync(file);
});

test('a file system without extended attributes has none and refuses to set one', () => {
  const fd = openAt(AT_FDCWD, ascii('/proc/self'), O_RDONLY | O_DIRECTORY);
  assert.equal(xattr.readXattrsAt(fd, ascii('comm')).size, 0);
  assert.throws(
    () => {
      xattr.setXattrAt(fd, ascii('comm'), ascii('user.a'), ascii('1'));
    },
    { code: 'UNSUPPORTED' },
  );
  fs.closeSync(fd);
});
