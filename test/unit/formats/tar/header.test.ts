import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decodeHeader,
  decodeNumber,
  encodeHeader,
  headerNumber,
} from '../../../../src/formats/tar/header.js';
import { FormatError } from '../../../../src/util/errors.js';
import { member } from '../../../helpers/tar-archive.js';

const place = { offset: 0, field: 'size' };
const number = (text: string) => decodeNumber(Buffer.from(text, 'latin1'), place);

test('octal numbers end at a space, a NUL or the end of the field, and an empty field is 0', () => {
  const cases: [string, number][] = [
    ['0000644\0', 0o644],
    ['    644 ', 0o644],
    ['77777777', 0o77777777],
    ['644\0junk', 0o644],
    ['\0\0\0\0\0\0\0\0', 0],
    ['        ', 0],
    ['777777777777', 8 ** 12 - 1],
  ];
  for (const [text, expected] of cases) assert.equal(number(text), expected, JSON.stringify(text));
});

test('base-256 numbers are big-endian two’s complement below the first bit', () => {
  assert.equal(number('\x80\0\0\0\0\0\0\x01\0\0\0\0'), 2 ** 32);
  assert.equal(number('\x80\0\0\0\0\x1f\xff\xff\xff\xff\xff\xff'), Number.MAX_SAFE_INTEGER);
  assert.equal(number('\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff'), -1);
  assert.equal(number('\xff\xff\xff\xff\xff\xff\xff\x00'), -256);
});

test('a number that is not octal, or beyond 2^53 - 1, is refused', () => {
  for (const text of [
    '-1\0',
    '9\0',
    '0x10\0',
    '7 8'.replace(' ', 'z'),
    '\x80\0\0\0\0\x20\0\0\0\0\0\0',
    '\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff',
    '\xc0\0\0\0\0\0\0\0\0\0\0\0',
  ])
    assert.throws(() => number(text), FormatError, JSON.stringify(text));
});

test('a ustar header joins prefix and name, a GNU header has no prefix', () => {
  const posix = member({ name: 'name', prefix: 'some/prefix' }).subarray(0, 512);
  assert.equal(decodeHeader(posix, 0).name, 'some/prefix/name');
  assert.equal(decodeHeader(posix, 0).dialect, 'ustar');
  const gnu = member({ name: 'name', prefix: 'x', patch: [[257, 'ustar  \0']] }).subarray(0, 512);
  assert.equal(decodeHeader(gnu, 0).name, 'name');
  assert.equal(decodeHeader(gnu, 0).dialect, 'gnu');
  const v7 = member({ name: 'name', prefix: 'x', patch: [[257, '\0'.repeat(8)]] }).subarray(0, 512);
  assert.equal(decodeHeader(v7, 0).name, 'name');
  assert.equal(decodeHeader(v7, 0).dialect, 'v7');
});

test('a wrong checksum is refused, a sum of signed characters is not', () => {
  const block = member({ name: './\xff' }).subarray(0, 512);
  const unsigned = Number.parseInt(block.toString('latin1', 148, 154), 8);
  block.write((unsigned - 256).toString(8).padStart(6, '0'), 148, 'latin1');
  assert.equal(decodeHeader(block, 0).name, './\xff');
  block.write((unsigned - 255).toString(8).padStart(6, '0'), 148, 'latin1');
  assert.throws(
    () => decodeHeader(block, 1024),
    (error: FormatError) => error.place.offset === 1172 && error.place.field === 'chksum',
  );
});

test('a number out of its bounds names its field and its offset', () => {
  const header = decodeHeader(member({ uid: 7 }).subarray(0, 512), 512);
  assert.equal(headerNumber(header, 'uid', 0, 7), 7);
  assert.throws(
    () => headerNumber(header, 'uid', 0, 6),
    /^FormatError: tar: offset 620, uid: 7 is not between 0 and 6$/,
  );
});

test('a value that does not fit its header field is refused by the encoder', () => {
  const fields = {
    name: '' as never,
    prefix: '' as never,
    typeflag: '0',
    linkname: '' as never,
    mode: 0,
    uid: 0,
    gid: 0,
    size: 0,
    mtime: 0,
    devmajor: 0,
    devminor: 0,
  };
  assert.throws(() => encodeHeader({ ...fields, uid: 0o10000000 }), FormatError);
  assert.throws(() => encodeHeader({ ...fields, mtime: -1 }), FormatError);
  assert.throws(() => encodeHeader({ ...fields, name: 'x'.repeat(101) as never }), FormatError);
  assert.equal(encodeHeader(fields).length, 512);
});
