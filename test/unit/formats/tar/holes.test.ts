import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HoleFinder, HOLES_MIN } from '../../../../src/formats/tar/holes.js';
import type { SparseMap } from '../../../../src/formats/tar/sparse.js';
import { writeTar, type HoledContent } from '../../../../src/formats/tar/write-archive.js';
import { NO_XATTRS, type RegularFile, type Tree } from '../../../../src/formats/tree/model.js';
import { ascii } from '../../../../src/util/bytes.js';
import { chunksOf, collect, contentOf, MemorySink } from '../../../helpers/tar-archive.js';
import { readTar } from '../../../../src/formats/tar/read-archive.js';

/** A run of zeros, or of something else. */
interface Part {
  readonly isData: boolean;
  readonly length: number;
}

const KIB = 1024;
const STAT = {
  mode: 0o755,
  uid: 0,
  gid: 0,
  nlink: 1,
  mtimeSec: 0,
  mtimeNsec: 0,
  xattrs: NO_XATTRS,
};

function mapOf(size: number, parts: readonly Part[], chunkSize = 1 << 20): SparseMap | undefined {
  const finder = new HoleFinder(size);
  for (const { isData, length } of parts) {
    if (!isData) finder.zeros(length);
    for (let left = isData ? length : 0; left > 0; left -= chunkSize)
      finder.bytes(Buffer.alloc(Math.min(left, chunkSize), 'x'));
  }
  return finder.finish();
}

function bytesOf(parts: readonly Part[]): Buffer {
  return Buffer.concat(parts.map(({ isData, length }) => Buffer.alloc(length, isData ? 'x' : 0)));
}

function totalOf(parts: readonly Part[]): number {
  return parts.reduce((total, { length }) => total + length, 0);
}

const part = fc.record({
  isData: fc.boolean(),
  length: fc.oneof(
    fc.nat(3 * 4096),
    fc.constantFrom(4096, 60 * KIB, 64 * KIB, 68 * KIB, 1 << 20),
    fc.nat(2 << 20),
  ),
});
const parts = fc.array(part, { maxLength: 8, size: 'max' });

test('a content has the same holes whether the file system knows them or not', () => {
  fc.assert(
    fc.property(parts, fc.constantFrom(1000, 4096, 1 << 20), (parts, chunkSize) => {
      const size = totalOf(parts);
      const finder = new HoleFinder(size);
      const bytes = bytesOf(parts);
      for (let at = 0; at < size; at += chunkSize)
        finder.bytes(bytes.subarray(at, Math.min(size, at + chunkSize)));
      assert.deepEqual(mapOf(size, parts, chunkSize), finder.finish());
    }),
    { seed: 1, numRuns: 60 },
  );
});

test('what is left out is zeros, in holes of whole blocks and of at least 64 KiB', () => {
  fc.assert(
    fc.property(parts, (parts) => {
      const bytes = bytesOf(parts);
      const map = mapOf(bytes.length, parts);
      if (map === undefined) return;
      assert.equal(map.realsize, bytes.length);
      let end = 0;
      let holes = 0;
      for (let index = 0; index < map.pieces.length; index += 2) {
        const [start = 0, length = 0] = map.pieces.slice(index, index + 2);
        const hole = start - end;
        assert.ok(hole === 0 || (hole >= 64 * KIB && end % 4096 === 0));
        assert.ok(bytes.subarray(end, start).every((byte) => byte === 0));
        end = start + length;
        holes += hole;
      }
      assert.equal(end, bytes.length);
      assert.ok(holes >= HOLES_MIN);
    }),
    { seed: 1, numRuns: 60 },
  );
});

test('holes of less than 1 MiB in all are written', () => {
  const data = { isData: true, length: 4096 };
  const hole = (length: number) => ({ isData: false, length });
  const size = 4096 + HOLES_MIN;
  assert.equal(mapOf(size - 1, [data, hole(HOLES_MIN - 1)]), undefined);
  assert.deepEqual(mapOf(size, [data, hole(HOLES_MIN)]), {
    realsize: size,
    pieces: [0, 4096, size, 0],
  });
  assert.deepEqual(mapOf(HOLES_MIN, [hole(HOLES_MIN)]), {
    realsize: HOLES_MIN,
    pieces: [HOLES_MIN, 0],
  });
});

test('an archive with holes left out reads as the file that it was made of', async () => {
  await fc.assert(
    fc.asyncProperty(parts, fc.integer({ min: 1, max: 250 }), async (parts, nameLength) => {
      const bytes = bytesOf(parts);
      const file: RegularFile = {
        kind: 'file',
        ...STAT,
        size: bytes.length,
        ...contentOf(bytes),
      };
      const name = ascii('n'.repeat(nameLength));
      const children = new Map([[name, file]]);
      const tree: Tree = { root: { kind: 'directory', ...STAT, children } };
      let closed = 0;
      const content: HoledContent = {
        findPieces: () => Promise.resolve(mapOf(bytes.length, parts)),
        read: (map) => chunksOf(storedOf(bytes, map), 50_000),
        close: () => {
          closed++;
        },
      };
      const archive = await collect(writeTar(tree, () => content));
      assert.equal(closed, file.digest === undefined ? 0 : 1);
      const sink = new MemorySink();
      const read = await readTar(chunksOf(archive, 1 << 20), sink);
      const found = read.root.children.get(name);
      assert.ok(found?.kind === 'file');
      assert.equal(found.digest, file.digest);
      assert.equal(found.size, file.size);
      assert.deepEqual([...read.root.children.keys()], [name]);
    }),
    { seed: 1, numRuns: 40 },
  );
});

function storedOf(bytes: Buffer, map: SparseMap | undefined): Buffer {
  const pieces = map?.pieces ?? [0, bytes.length];
  const stored: Buffer[] = [];
  for (let index = 0; index < pieces.length; index += 2) {
    const [start = 0, length = 0] = pieces.slice(index, index + 2);
    stored.push(bytes.subarray(start, start + length));
  }
  return Buffer.concat(stored);
}
