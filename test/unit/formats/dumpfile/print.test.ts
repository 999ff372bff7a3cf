/** Writing composefs-dump(5). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDump } from '../../../../src/formats/dumpfile/parse-dump.js';
import { printDump } from '../../../../src/formats/dumpfile/print.js';
import { NO_XATTRS, type Leaf } from '../../../../src/formats/tree/model.js';
import { ascii } from '../../../../src/util/bytes.js';
import { FormatError } from '../../../../src/util/errors.js';

/** Reads a dump and prints it again. */
function reprint(...lines: string[]): string[] {
  const bytes = Buffer.from(lines.join('\n'), 'latin1');
  const printed = [...printDump(parseDump(bytes, { algorithm: 'sha256' }))];
  return printed.map((line) => line.replace(/\n$/, ''));
}

const ROOT = '/ 4096 40755 2 0 0 0 0.0 - - -';

test('canonical lines of every kind are printed as they were read', () => {
  const hex = 'ab'.repeat(32);
  const lines = [
    '/ 4096 40755 3 0 0 0 -1.999999999 - - - user.a\\x3d=b\\x3d',
    '/block 0 60660 1 0 6 2049 0.0 - - -',
    '/char 5 20000 1 0 0 0 0.0 - - -',
    '/dash 1 120777 1 0 0 0 0.0 \\x2d - -',
    '/dir 53 41777 2 0 0 0 0.0 - - -',
    '/dir/a 3 @104755 2 1 2 0 7.8 /dir/b a\\nb - user.x=-',
    '/dir/b 3 104755 2 1 2 0 7.8 - a\\nb - user.x=-',
    `/external 9007199254740991 100644 1 0 0 0 0.0 ab/cd - ${hex}`,
    '/fifo 0 10600 1 0 0 0 0.0 - - -',
    '/odd\\x20\\\\\\xff 0 100644 1 0 0 0 0.0 - - -',
    '/socket 0 140755 1 0 0 0 0.0 - - -',
  ];
  assert.deepEqual(reprint(...lines), lines);
});

test('entries are printed depth first in byte order, whatever their order was', () => {
  const rest = '0 100644 1 0 0 0 0.0 - - -';
  const paths = reprint(
    ROOT,
    `/b ${rest}`,
    '/a 0 40755 2 0 0 0 0.0 - - -',
    `/a.b ${rest}`,
    `/\\xff ${rest}`,
    `/a/z ${rest}`,
    `/B ${rest}`,
  ).map((line) => line.split(' ')[0]);
  assert.deepEqual(paths, ['/', '/B', '/a', '/a/z', '/a.b', '/b', '/\\xff']);
});

test('attributes keep their order', () => {
  const line = `${ROOT} user.b=1 user.a=2 trusted.c=3`;
  assert.deepEqual(reprint(line), [line]);
});

test('the size of a directory is what it takes in an image', () => {
  const directory = '0 40755 2 0 0 0 0.0 - - -';
  const lines = [ROOT, `/empty ${directory}`, `/full ${directory}`];
  // Each of these takes 12 + 20 bytes, beside 27 for `.` and `..`; more than 2,048 bytes fill a block.
  for (let i = 0; i < 63; i++) {
    lines.push(`/full/${String(i).padStart(20, 'n')} 0 100644 1 0 0 0 0.0 - - -`);
  }
  const sizes = (printed: string[]) =>
    printed.filter((line) => line.includes(' 40755 ')).map((line) => Number(line.split(' ')[1]));
  assert.deepEqual(sizes(reprint(...lines)), [4096, 27, 27 + 63 * 32]);
  lines.push(`/full/${'x'.repeat(21)} 0 100644 1 0 0 0 0.0 - - -`);
  assert.deepEqual(sizes(reprint(...lines)), [4096, 27, 4096]);
  // 127 of them and no more fit in a block, so that the other name, 12 + 21 bytes, is the tail.
  for (let i = 100; i < 164; i++) {
    lines.push(`/full/${String(i).padStart(20, 'n')} 0 100644 1 0 0 0 0.0 - - -`);
  }
  assert.deepEqual(sizes(reprint(...lines)), [4096, 27, 4096 + 33]);
});

test('a hard link whose target has no name is refused', () => {
  const stat = { mode: 0, uid: 0, gid: 0, nlink: 1, mtimeSec: 0, mtimeNsec: 0, xattrs: NO_XATTRS };
  const target: Leaf = { kind: 'fifo', ...stat, size: 0 };
  const children = new Map([[ascii('x'), { kind: 'link', target } as const]]);
  const tree = { root: { kind: 'directory', ...stat, children } as const };
  assert.throws(() => [...printDump(tree)], FormatError);
});
