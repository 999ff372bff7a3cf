/** Reading composefs-dump(5): what lines mean, what is refused and where. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDump } from '../../../../src/formats/dumpfile/parse-dump.js';
import { inodeOf, type Entry, type RegularFile } from '../../../../src/formats/tree/model.js';
import { lookup } from '../../../../src/formats/tree/walk.js';
import { ascii, fromBytes } from '../../../../src/util/bytes.js';
import type { HashAlgorithm } from '../../../../src/util/digest.js';
import { FormatError } from '../../../../src/util/errors.js';

const ROOT = '/ 0 40755 2 0 0 0 0.0 - - -';
const HEX = 'ab'.repeat(32);

function parse(text: string, algorithm: HashAlgorithm = 'sha256') {
  return parseDump(Buffer.from(text, 'latin1'), { algorithm });
}

/** The entry `/x` of a dump whose second line is this. */
function entryOf(line: string): Entry {
  const entry = lookup(parse(`${ROOT}\n${line}\n`), ascii('/x'));
  assert.ok(entry !== undefined);
  return entry;
}

function modeOf(line: string): number {
  return inodeOf(entryOf(line)).mode;
}

function fileOf(line: string): RegularFile {
  const entry = entryOf(line);
  assert.ok(entry.kind === 'file');
  return entry;
}

function assertRefused(text: string, place: { line: number; column: number; field: string }) {
  assert.throws(
    () => parse(text),
    (error: unknown) => {
      assert.ok(error instanceof FormatError, String(error));
      assert.deepEqual(
        error.place,
        place,
        `${JSON.stringify(text.slice(0, 200))}: ${error.message}`,
      );
      return true;
    },
  );
}

/** Refuses each line, as the second of a dump, at the column that `^` marks in it. */
function assertLinesRefused(field: string, marked: readonly string[]) {
  for (const text of marked) {
    const column = text.indexOf('^') + 1;
    assert.ok(column > 0, text);
    assertRefused(`${ROOT}\n${text.replace('^', '')}\n`, { line: 2, column, field });
  }
}

test('every field of a regular file is read', () => {
  const line = `/x 1234 104755 3 1000 4294967295 7 -12.345 ab/cd - ${HEX} user.a=1 user.b=`;
  assert.deepEqual(entryOf(line), {
    kind: 'file',
    mode: 0o4755,
    uid: 1000,
    gid: 4294967295,
    nlink: 3,
    mtimeSec: -12,
    mtimeNsec: 345,
    xattrs: new Map([
      ['user.a', '1'],
      ['user.b', ''],
    ]),
    size: 1234,
    inline: undefined,
    digest: HEX,
    payload: 'ab/cd',
  });
});

test('each file type becomes its kind', () => {
  const cases = [
    ['/x 5 10644 1 0 0 9 0.0 - - -', { kind: 'fifo', size: 5 }],
    ['/x 0 20644 1 0 0 259 0.0 - - -', { kind: 'char', size: 0, rdev: 259 }],
    ['/x 1 60644 1 0 0 4294967295 0.0 - - -', { kind: 'block', size: 1, rdev: 4294967295 }],
    ['/x 6 140644 1 0 0 9 0.0 - - -', { kind: 'socket', size: 6 }],
    ['/x 9 120644 1 0 0 0 0.0 to - -', { kind: 'symlink', target: 'to' }],
    ['/x 99 40644 1 0 0 0 0.0 - - -', { kind: 'directory', children: new Map() }],
  ] as const;
  const stat = { mode: 0o644, uid: 0, gid: 0, nlink: 1, mtimeSec: 0, mtimeNsec: 0 };
  for (const [line, rest] of cases) {
    assert.deepEqual(entryOf(line), { ...stat, xattrs: new Map(), ...rest });
  }
});

test('names, targets and contents are bytes', () => {
  const tree = parse(
    `${ROOT}\n/\\xff\\x20\\\\\xe4 4 100644 1 0 0 0 0.0 - \\x00\\n\xff- - u=\\x00=\n`,
  );
  const file = lookup(tree, fromBytes(Buffer.from('/\xff \\\xe4', 'latin1')));
  assert.ok(file?.kind === 'file');
  assert.deepEqual(file.inline, Uint8Array.from([0, 10, 255, 45]));
  assert.deepEqual([...file.xattrs], [['u', '\0=']]);
});

test('an escaped lone dash is a value', () => {
  assert.equal(fileOf('/x 9 100644 1 0 0 0 0.0 \\x2d - -').payload, '-');
  assert.deepEqual(fileOf('/x 1 100644 1 0 0 0 0.0 - \\x2d -').inline, Uint8Array.of(45));
  assert.deepEqual([...fileOf('/x 0 100644 1 0 0 0 0.0 - - - k=-').xattrs], [['k', '-']]);
});

test('inline content of 5000 bytes is taken and is not a view of the dump', () => {
  const dump = Buffer.from(`${ROOT}\n/x 5000 100644 1 0 0 0 0.0 - ${'y'.repeat(5000)} -\n`);
  const file = lookup(parseDump(dump, { algorithm: 'sha256' }), ascii('/x'));
  assert.ok(file?.kind === 'file' && file.inline !== undefined);
  assert.equal(file.inline.length, 5000);
  assert.notEqual(file.inline.buffer, dump.buffer);
});

test('empty and inline files keep neither digest nor payload', () => {
  for (const line of [
    `/x 0 100644 1 0 0 0 0.0 ab/cd - ${HEX}`,
    `/x 0 100644 1 0 0 0 0.0 ab/cd  ${HEX}`,
    `/x 2 100644 1 0 0 0 0.0 ab/cd hi ${HEX}`,
  ]) {
    const { digest, payload } = fileOf(line);
    assert.deepEqual([digest, payload], [undefined, undefined]);
  }
});

test('an external file needs neither digest nor payload', () => {
  const { digest, payload, size } = fileOf('/x 9007199254740991 100644 1 0 0 0 0.0 - - -');
  assert.deepEqual([digest, payload, size], [undefined, undefined, Number.MAX_SAFE_INTEGER]);
});

test('digests are as long as the algorithm says and become lower case', () => {
  const line = (hex: string) => `${ROOT}\n/x 9 100644 1 0 0 0 0.0 - - ${hex}\n`;
  const digestOf = (text: string, algorithm: HashAlgorithm) => {
    const file = lookup(parse(text, algorithm), ascii('/x'));
    return file?.kind === 'file' ? file.digest : undefined;
  };
  assert.equal(digestOf(line(HEX.toUpperCase()), 'sha256'), HEX);
  assert.equal(digestOf(line(HEX + HEX), 'sha512'), HEX + HEX);
  assert.throws(() => parse(line(HEX), 'sha512'), FormatError);
  assert.throws(() => parse(line(HEX + HEX), 'sha256'), FormatError);
});

test('what dumps in use do loosely is read as the reference does', () => {
  assert.equal(parse(`${ROOT.replace('0 0.0', '10 0.0')} `).root.kind, 'directory');
  assert.equal(entryOf('/x 5 120777 1 0 0 0 0.0 longer-than-five - -').kind, 'symlink');
  assert.equal(modeOf('/x 0 20720777 1 0 0 0 0.0 target'), 0o777);
  assert.equal(modeOf('/x 007 0100644 01 0 0 0 -0.01 - - -'), 0o644);
  assert.equal(Object.is(fileOf('/x 0 100644 1 0 0 0 -0.0 - - -').mtimeSec, 0), true);
});

test('hard links share the inode of their target, before and after it and over other links', () => {
  const tree = parse(
    [
      ROOT,
      '/a 0 @100644 1 0 0 0 0.0 /b - -',
      '/b 0 @120644 junk junk junk junk junk /d/file junk junk junk',
      '/d 0 40755 2 0 0 0 0.0 - - -',
      '/d/file 3 100644 4 0 0 0 0.0 - abc -',
      '/e 0 @20000 1 0 0 0 0.0 /a',
    ].join('\n'),
  );
  const file = lookup(tree, ascii('/d/file'));
  assert.ok(file?.kind === 'file');
  for (const path of ['/a', '/b', '/e']) {
    const link = lookup(tree, ascii(path));
    assert.ok(link?.kind === 'link');
    assert.equal(link.target, file);
  }
  assert.deepEqual([...tree.root.children.keys()], ['a', 'b', 'd', 'e']);
});

test('a long chain of hard links is followed', () => {
  const lines = [ROOT];
  for (let i = 0; i < 20_000; i++) lines.push(`/l${i} 0 @100644 1 0 0 0 0.0 /l${i + 1} - -`);
  lines.push('/l20000 0 100644 1 0 0 0 0.0 - - -');
  const first = lookup(parse(lines.join('\n')), ascii('/l0'));
  assert.ok(first?.kind === 'link');
  assert.equal(first.target.kind, 'file');
});

test('hard links that lead nowhere are refused where they name their target', () => {
  const link = (path: string, target: string) => `${path} 0 @100644 1 0 0 0 0.0 ${target} - -`;
  const dump = (...lines: string[]) =>
    [ROOT, '/d 0 40755 2 0 0 0 0.0 - - -', ...lines, ''].join('\n');
  const place = { line: 3, column: 26, field: 'PAYLOAD' };
  assertRefused(dump(link('/x', '/x')), place);
  assertRefused(dump(link('/x', '/y'), link('/y', '/x')), place);
  assertRefused(dump(link('/x', '/missing')), place);
  assertRefused(dump(link('/x', '/d')), place);
  assertRefused(dump(link('/x', '/')), place);
  assertRefused(dump(link('/x', 'd')), place);
  assertRefused(dump(link('/x', '/d/')), place);
  assertRefused(dump(link('/x', '//d')), place);
  assertRefused(dump(link('/x', '-')), place);
  assertRefused(dump(link('/x', '')), place);
  assertRefused(dump(link('/x', '/d\\x00')), place);
  assertRefused(dump(link('/x', '/y'), link('/y', '/z')), { ...place, line: 4 });
  assertRefused(dump('/x 0 @100644 1 0 0 0 0.0'), { line: 3, column: 25, field: 'PAYLOAD' });
});

test('paths must be absolute, plain, new and below a directory', () => {
  const rest = '0 100644 1 0 0 0 0.0 - - -';
  const paths = ['x', '//', '//x', '/x//y', '/x/', '/.', '/..', '', '/x\\x00', '/x/y', '-', './x'];
  for (const path of [...paths, '/f/x', '/l/x', `/${'n'.repeat(256)}`, '/f', '/q\\z', '/']) {
    const lines = [ROOT, `/f ${rest}`, '/l 0 @100644 1 0 0 0 0.0 /f', `${path} ${rest}`];
    assertRefused(lines.join('\n'), { line: 4, column: 1, field: 'PATH' });
  }
});

test('the root must come first, once, and be a directory', () => {
  const first = { line: 1, column: 1, field: 'PATH' };
  assertRefused('', first);
  assertRefused('\n', first);
  assertRefused(`/x 0 100644 1 0 0 0 0.0 - - -\n${ROOT}\n`, first);
  assertRefused(`${ROOT}\n${ROOT}\n`, { ...first, line: 2 });
  assertRefused(`${ROOT}\n\n`, { ...first, line: 2 });
  assertRefused('/ 0 100644 1 0 0 0 0.0 - - -\n', { line: 1, column: 5, field: 'MODE' });
  assertRefused('/ 0 @40644 1 0 0 0 0.0 / - -\n', { line: 1, column: 5, field: 'MODE' });
});

test('numbers must be plain digits that fit', () => {
  assertLinesRefused('SIZE', [
    '/x ^9007199254740992 100644 1 0 0 0 0.0 - - -',
    '/x ^99999999999999999999999999 100644 1 0 0 0 0.0 - - -',
    '/x ^+1 100644 1 0 0 0 0.0 - - -',
    '/x ^-1 100644 1 0 0 0 0.0 - - -',
    '/x ^- 40755 1 0 0 0 0.0 - - -',
    '/x ^1a 100644 1 0 0 0 0.0 - - -',
    '/x ^\\x31 100644 1 0 0 0 0.0 - - -',
    '/x ^\t1 100644 1 0 0 0 0.0 - - -',
    '/x ^ 100644 1 0 0 0 0.0 - - -',
    '/x^',
  ]);
  assertLinesRefused('MODE', [
    '/x 0 ^644 1 0 0 0 0.0 - - -',
    '/x 0 ^150644 1 0 0 0 0.0 - - -',
    '/x 0 ^100648 1 0 0 0 0.0 - - -',
    '/x 0 ^40000100644 1 0 0 0 0.0 - - -',
    '/x 0 ^@@100644 1 0 0 0 0.0 /x - -',
    '/x 0 ^@40755 1 0 0 0 0.0 / - -',
    '/x 0 ^@ 1 0 0 0 0.0 / - -',
    '/x 0^',
  ]);
  assertLinesRefused('NLINK', ['/x 0 100644 ^4294967296 0 0 0 0.0 - - -']);
  assertLinesRefused('UID', ['/x 0 100644 1 ^4294967296 0 0 0.0 - - -']);
  assertLinesRefused('GID', ['/x 0 100644 1 0 ^bad 0 0.0 - - -']);
  assertLinesRefused('RDEV', ['/x 0 100644 1 0 0 ^0x1 0.0 - - -']);
  assertLinesRefused('MTIME', [
    '/x 0 100644 1 0 0 0 ^7 - - -',
    '/x 0 100644 1 0 0 0 ^7. - - -',
    '/x 0 100644 1 0 0 0 ^.7 - - -',
    '/x 0 100644 1 0 0 0 ^-.7 - - -',
    '/x 0 100644 1 0 0 0 ^--7.0 - - -',
    '/x 0 100644 1 0 0 0 ^+7.0 - - -',
    '/x 0 100644 1 0 0 0 ^7.-1 - - -',
    '/x 0 100644 1 0 0 0 ^7.1.1 - - -',
    '/x 0 100644 1 0 0 0 ^7.1000000000 - - -',
    '/x 0 100644 1 0 0 0 ^9007199254740992.0 - - -',
  ]);
});

test('payload, content and digest must fit the kind of the inode', () => {
  assertLinesRefused('PAYLOAD', [
    '/x 0 120777 1 0 0 0 0.0 ^- - -',
    '/x 0 120777 1 0 0 0 0.0 ^ - -',
    '/x 0 120777 1 0 0 0 0.0 ^a\\x00 - -',
    `/x 0 120777 1 0 0 0 0.0 ^${'a'.repeat(4096)} - -`,
    `/x 9 100644 1 0 0 0 0.0 ^${'a'.repeat(4096)} - -`,
    '/x 9 100644 1 0 0 0 0.0 ^ - -',
    '/x 9 100644 1 0 0 0 0.0 ^a\\x00b - -',
    '/x 9 100644 1 0 0 0 0.0 ^a\\qb - -',
    '/x 9 40755 1 0 0 0 0.0 ^a - -',
    '/x 9 20755 1 0 0 0 0.0 ^a - -',
    '/x 9 100644 1 0 0 0 0.0^',
  ]);
  assertLinesRefused('CONTENT', [
    '/x 2 100644 1 0 0 0 0.0 - ^abc -',
    '/x 2 100644 1 0 0 0 0.0 - ^ -',
    '/x 3 40755 1 0 0 0 0.0 - ^abc -',
    '/x 3 120777 1 0 0 0 0.0 abc ^abc -',
    '/x 3 100644 1 0 0 0 0.0 - ^\\x4 -',
    `/x 5001 100644 1 0 0 0 0.0 - ^${'a'.repeat(5001)} -`,
    '/x 9 100644 1 0 0 0 0.0 ab/cd^',
  ]);
  assertLinesRefused('DIGEST', [
    `/x 2 100644 1 0 0 0 0.0 - - ^${HEX.slice(1)}`,
    `/x 2 100644 1 0 0 0 0.0 - - ^${HEX}a`,
    `/x 2 100644 1 0 0 0 0.0 - - ^g${HEX.slice(1)}`,
    `/x 2 100644 1 0 0 0 0.0 - - ^${HEX}\\x00`,
    `/x 2 40755 1 0 0 0 0.0 - - ^${HEX}`,
    `/x 2 120777 1 0 0 0 0.0 to - ^${HEX}`,
    '/x 9 100644 1 0 0 0 0.0 ab/cd -^',
  ]);
});

test('extended attributes must be distinct, named and within their limits', () => {
  const file = '/x 0 100644 1 0 0 0 0.0 - - -';
  assertLinesRefused('XATTR', [
    `${file} ^=value`,
    `${file} ^a`,
    `${file} a=1 ^b`,
    `${file} a=1 ^ b=1`,
    `${file} a=1 b=2 ^a=3`,
    `${file} a=1 ^\\x61=3`,
    `${file} ^a\\x00b=1`,
    `${file} a=1 ^b=\\`,
    `${file} ^${'k'.repeat(256)}=1`,
    `${file} ^k=${'v'.repeat(65536)}`,
    `${file} a= ^k=${'v'.repeat(32740)}`,
    `${file} a= b= ^ `,
  ]);
  const full = fileOf(`${file} ${'k'.repeat(255)}=${'v'.repeat(32767 - 12 - 7 - 255)} `);
  assert.equal(full.xattrs.size, 1);
});

test('a raw NUL byte is refused where it stands', () => {
  assertLinesRefused('PATH', ['/x^\0 0 100644 1 0 0 0 0.0 - - -']);
  assertLinesRefused('GID', ['/x 0 100644 1 0 ^\0 0 0.0 - - -']);
  assertLinesRefused('DIGEST', ['/x 0 100644 1 0 0 0 0.0 - - -^\0']);
  assertLinesRefused('XATTR', ['/x 0 100644 1 0 0 0 0.0 - - - a=1 b=^\0']);
});
