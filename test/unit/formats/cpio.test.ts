import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeCpio, type CpioEntry } from '../../../src/formats/cpio.js';
import { ascii, fromText } from '../../../src/util/bytes.js';
import { FormatError } from '../../../src/util/errors.js';

const ENTRIES: readonly CpioEntry[] = [
  { kind: 'directory', path: ascii('dev'), mode: 0o755 },
  { kind: 'char', path: ascii('dev/console'), mode: 0o600, major: 5, minor: 1 },
  { kind: 'file', path: ascii('init'), mode: 0o755, content: Buffer.from('12345') },
  { kind: 'symlink', path: ascii('link'), mode: 0o777, target: ascii('init') },
];

test('an archive holds a header, a name and a content for each entry, and ends with the trailer', () => {
  const archive = encodeCpio(ENTRIES);
  const records = readRecords(archive);
  assert.deepEqual(
    records.map(({ name, mode, content }) => [name, mode.toString(8), content]),
    [
      ['dev', '40755', ''],
      ['dev/console', '20600', ''],
      ['init', '100755', '12345'],
      ['link', '120777', 'init'],
      ['TRAILER!!!', '0', ''],
    ],
  );
  assert.deepEqual(records[1]?.fields.slice(9, 11), [5, 1], 'the device number');
  assert.equal(archive.length % 512, 0);
});

test('everything belongs to root, has no time, and inode numbers are counted', () => {
  const fields = readRecords(encodeCpio(ENTRIES)).map((record) => record.fields);
  assert.deepEqual(
    fields.map(([ino]) => ino),
    [1, 2, 3, 4, 0],
  );
  for (const [, , uid, gid, , mtime] of fields) assert.deepEqual([uid, gid, mtime], [0, 0, 0]);
});

test('paths that would be unpacked elsewhere, or end the archive, are refused', () => {
  for (const path of [
    '/init',
    '../init',
    'a/../b',
    'a//b',
    '',
    '.',
    'TRAILER!!!',
    'a\0b',
    'x'.repeat(4096),
  ]) {
    const entry: CpioEntry = { kind: 'directory', path: fromText(path), mode: 0o755 };
    assert.throws(() => encodeCpio([entry]), FormatError, path);
  }
});

interface Record {
  readonly fields: readonly number[];
  readonly mode: number;
  readonly name: string;
  readonly content: string;
}

/** Reads an archive by the description in the kernel's buffer-format.rst. */
function readRecords(archive: Buffer): Record[] {
  const records: Record[] = [];
  for (let at = 0; records.at(-1)?.name !== 'TRAILER!!!';) {
    assert.equal(archive.toString('latin1', at, at + 6), '070701');
    const fields = Array.from({ length: 13 }, (_, index) =>
      parseInt(archive.toString('latin1', at + 6 + index * 8, at + 14 + index * 8), 16),
    );
    const nameSize = fields[11]!;
    const size = fields[6]!;
    const name = archive.toString('latin1', at + 110, at + 110 + nameSize - 1);
    const contentAt = Math.ceil((at + 110 + nameSize) / 4) * 4;
    records.push({
      fields,
      mode: fields[1]!,
      name,
      content: archive.toString('latin1', contentAt, contentAt + size),
    });
    at = Math.ceil((contentAt + size) / 4) * 4;
  }
  return records;
}
