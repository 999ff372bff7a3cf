import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeCpio, type CpioEntry } from '../../../src/formats/cpio.js';
import { CPIO_KEPT_MAX, CpioReader } from '../../../src/formats/read-cpio.js';
import { ascii } from '../../../src/util/bytes.js';
import { FormatError } from '../../../src/util/errors.js';

const file = (path: string, content: string): CpioEntry => ({
  ...{ kind: 'file', path: ascii(path), mode: 0o644 },
  content: Buffer.from(content),
});
const ARCHIVES = Buffer.concat([
  encodeCpio([file('kernel/x86/microcode', 'microcode')]),
  Buffer.alloc(64),
  encodeCpio([
    { kind: 'directory', path: ascii('etc'), mode: 0o755 },
    file('etc/wanted', 'first'),
    file('etc/other', 'x'.repeat(5000)),
    { kind: 'symlink', path: ascii('etc/link'), mode: 0o777, target: ascii('wanted') },
    file('etc/wanted', 'second'),
    file('etc/empty', ''),
  ]),
]);
const wants = (path: string): boolean => path !== 'etc/other';

function read(pieces: readonly Buffer[]): Record<string, string> {
  const reader = new CpioReader(wants);
  for (const piece of pieces) assert.equal(reader.push(piece), piece.length);
  assert.ok(reader.isComplete);
  return Object.fromEntries([...reader.files].map(([path, bytes]) => [path, bytes.toString()]));
}

test('what is wanted of several archives is read, and of one name the last', () => {
  assert.deepEqual(read([ARCHIVES]), {
    'kernel/x86/microcode': 'microcode',
    'etc/wanted': 'second',
  });
});

test('the bytes may come in any pieces', () => {
  const whole = read([ARCHIVES]);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 700 }), { maxLength: 60 }), (sizes) => {
      const pieces: Buffer[] = [];
      let at = 0;
      for (const size of sizes) {
        pieces.push(ARCHIVES.subarray(at, at + size));
        at += size;
      }
      pieces.push(ARCHIVES.subarray(at));
      assert.deepEqual(read(pieces), whole);
    }),
    { numRuns: 50 },
  );
});

test('what follows an archive and is none is left', () => {
  const reader = new CpioReader(wants);
  const more = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 1, 2, 3]);
  assert.equal(reader.push(Buffer.concat([ARCHIVES, more])), ARCHIVES.length);
  assert.equal(new CpioReader(wants).push(more), 0);
});

test('a name that begins with ./ or a slash is the name without', () => {
  const bytes = encodeCpio([file('a/etc', 'content')]);
  const dotted = Buffer.from(bytes.toString('latin1').replace('a/etc', './etc'), 'latin1');
  const reader = new CpioReader(wants);
  reader.push(dotted);
  assert.deepEqual([...reader.files.keys()], ['etc']);
});

test('an archive that ends early is not complete, and damaged ones are refused', () => {
  const cut = new CpioReader(wants);
  cut.push(ARCHIVES.subarray(0, 800));
  assert.equal(cut.isComplete, false);
  const refuses = (change: (text: string) => string): void => {
    const bytes = Buffer.from(change(ARCHIVES.toString('latin1')), 'latin1');
    assert.throws(() => new CpioReader(wants).push(bytes), FormatError);
  };
  refuses((text) => text.replace('070701', '070708'));
  refuses((text) => text.replace(/^(.{94}).{8}/, '$1ffffffff'));
  refuses((text) => text.replace(/^(.{94}).{8}/, '$100000000'));
  refuses((text) => text.replace(/^(.{54}).{8}/, '$1zzzzzzzz'));
  refuses((text) =>
    text.replace(/^(.{54}).{8}/, `$1${(CPIO_KEPT_MAX + 1).toString(16).padStart(8, '0')}`),
  );
});

test('whatever bytes come, they are read, left or refused', () => {
  fc.assert(
    fc.property(
      fc.nat(ARCHIVES.length - 1),
      fc.uint8Array({ minLength: 1, maxLength: 12 }),
      (at, change) => {
        const bytes = Buffer.from(ARCHIVES);
        bytes.set(change.subarray(0, bytes.length - at), at);
        try {
          const taken = new CpioReader(wants).push(bytes);
          assert.ok(taken <= bytes.length);
        } catch (error) {
          assert.ok(error instanceof FormatError, String(error));
        }
      },
    ),
    { numRuns: 300 },
  );
});
