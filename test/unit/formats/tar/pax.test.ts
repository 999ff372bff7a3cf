import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noAttributes, readAttributes } from '../../../../src/formats/tar/tar-attributes.js';
import {
  formatPaxRecord,
  formatPaxTime,
  parsePaxRecords,
  parsePaxTime,
} from '../../../../src/formats/tar/pax.js';
import { FormatError } from '../../../../src/util/errors.js';

const parse = (text: string) => parsePaxRecords(Buffer.from(text, 'latin1'), 0);
const attributes = (...records: [string, string][]) =>
  readAttributes(
    parse(records.map(([keyword, value]) => formatPaxRecord(keyword, value)).join('')),
    noAttributes(),
  );

test('a record counts its own digits', () => {
  assert.equal(formatPaxRecord('a', ''), '5 a=\n');
  assert.equal(formatPaxRecord('a', '1234'), '9 a=1234\n');
  assert.equal(formatPaxRecord('a', '12345'), '11 a=12345\n');
  for (let length = 0; length < 1100; length++) {
    const record = formatPaxRecord('k', 'v'.repeat(length));
    assert.equal(Number.parseInt(record, 10), record.length);
  }
});

test('values keep line feeds, NUL, equals signs and bytes that are not UTF-8', () => {
  const value = 'a=b\n12 x=y\n\0\xff\xe4';
  const records = parse(formatPaxRecord('SCHILY.xattr.user.a', value) + formatPaxRecord('b', 'c'));
  assert.deepEqual(
    records.map((record) => [record.keyword, record.value]),
    [
      ['SCHILY.xattr.user.a', value],
      ['b', 'c'],
    ],
  );
  assert.equal(records[1]?.offset, formatPaxRecord('SCHILY.xattr.user.a', value).length);
});

test('damaged records are refused', () => {
  for (const text of [
    'a=b\n',
    '6 a=b',
    '6 a=bc',
    '7 a=b\n',
    '0 a=b\n',
    '2 a=b\n',
    '-6 a=b\n',
    '6 =bb\n',
    '6 abc\n',
    '99999999999 a=b\n',
    '6 a=b\n\0\0',
    ' 6 a=b\n',
  ])
    assert.throws(() => parse(text), FormatError, JSON.stringify(text));
});

test('times are rounded down and keep nanoseconds', () => {
  const cases: [string, number, number][] = [
    ['12', 12, 0],
    ['12.', 12, 0],
    ['12.5', 12, 500_000_000],
    ['12.0000000019', 12, 1],
    ['-1.5', -2, 500_000_000],
    ['-0.000000001', -1, 999_999_999],
    ['-1.0000000001', -2, 999_999_999],
    ['-3', -3, 0],
    ['-0', 0, 0],
  ];
  for (const [text, sec, nsec] of cases) assert.deepEqual(parsePaxTime(text), { sec, nsec }, text);
  for (const text of ['', '1e3', '.5', ' 1', '9007199254740992', '--1', '1.2.3'])
    assert.equal(parsePaxTime(text), undefined, text);
  for (const time of [
    { sec: -2, nsec: 500_000_000 },
    { sec: -1, nsec: 999_999_999 },
    { sec: 5, nsec: 10 },
    { sec: 0, nsec: 0 },
  ])
    assert.deepEqual(parsePaxTime(formatPaxTime(time)), time);
});

test('the later record wins, and an empty value takes back a global one', () => {
  assert.equal(attributes(['path', 'a'], ['path', 'b']).path, 'b');
  const globals = readAttributes(parse(formatPaxRecord('uid', '7')), noAttributes());
  assert.equal(readAttributes([], globals).uid, 7);
  assert.equal(readAttributes(parse(formatPaxRecord('uid', '')), globals).uid, undefined);
});

test('extended attributes come from all spellings, and SCHILY.xattr wins', () => {
  const { xattrs } = attributes(
    ['SCHILY.xattr.user.a%3Db%25%41', 'v'],
    ['SCHILY.xattr.user.empty', ''],
    ['LIBARCHIVE.xattr.user.b%20%c3', 'AAr/'],
    ['LIBARCHIVE.xattr.user.empty', 'AAAA'],
    ['RHT.security.selinux', 'a_u:b_r:c_t:s0'],
  );
  assert.deepEqual(Object.fromEntries(xattrs), {
    'user.a=b%%41': 'v',
    'user.empty': '',
    'user.b \xc3': '\0\n\xff',
    'security.selinux': 'a_u:b_r:c_t:s0\0',
  });
});

test('extended attributes without or with an overlong name or value are refused', () => {
  for (const [keyword, value] of [
    ['SCHILY.xattr.', 'x'],
    [`SCHILY.xattr.user.${'x'.repeat(251)}`, 'x'],
    ['SCHILY.xattr.user.a\0b', 'x'],
    ['SCHILY.xattr.user.a', 'x'.repeat(65_536)],
    ['LIBARCHIVE.xattr.user.a', '*'],
    ['LIBARCHIVE.xattr.user.%00', 'AAAA'],
  ] as const)
    assert.throws(() => attributes([keyword, value]), FormatError, keyword);
  assert.equal(attributes(['SCHILY.xattr.user.a', 'x'.repeat(65_535)]).xattrs.size, 1);
});

test('numbers out of range are refused and unknown keywords are not', () => {
  for (const [keyword, value] of [
    ['uid', '4294967296'],
    ['uid', '-1'],
    ['size', '9007199254740992'],
    ['size', '1.5'],
    ['mtime', 'today'],
    ['GNU.sparse.map', '1'],
    ['GNU.sparse.map', '1,x'],
    ['GNU.sparse.numbytes', '1'],
  ] as const)
    assert.throws(() => attributes([keyword, value]), FormatError, `${keyword}=${value}`);
  assert.equal(
    attributes(['__proto__', 'x'], ['constructor', 'y'], ['comment', 'z']).path,
    undefined,
  );
});
