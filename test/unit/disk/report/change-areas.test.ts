import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { areaBytes, findAreas } from '../../../../src/disk/report/change-areas.js';
import type { FileChange } from '../../../../src/disk/report/file-changes.js';
import { ascii } from '../../../../src/util/bytes.js';

function change(path: string, bytes: number, kind: FileChange['kind'] = 'added'): FileChange {
  return { kind, path: ascii(path), from: undefined, to: bytes, bytes, fields: [] };
}

function pathsOf(changes: readonly FileChange[]): string[] {
  return findAreas(changes).map(({ path, isRest }) => (isRest ? `rest of ${path}` : path));
}

test('directories that hold much are areas, the largest first; what remains is told last', () => {
  const changes = [
    change('/usr/lib/a', 500),
    change('/usr/bin/b', 300, 'modified'),
    change('/usr/share/c', 150, 'deleted'),
    change('/etc/d', 10),
    change('/e', 1),
  ];
  assert.deepEqual(pathsOf(changes), ['/usr/lib', '/usr/bin', '/usr/share', 'rest of /']);
  const [lib, bin, share] = findAreas(changes);
  assert.deepEqual([lib?.addedBytes, bin?.modifiedBytes, share?.deletedBytes], [500, 300, 150]);
});

test('a large directory inside a large one is an area, and so is what remains beside it', () => {
  const changes = [change('/usr/lib/modules/6.12/x', 600), change('/usr/lib/y', 300)];
  assert.deepEqual(pathsOf(changes), ['/usr/lib/modules/6.12', 'rest of /usr/lib']);
});

test('nothing is an area when no content changed', () => {
  assert.deepEqual(findAreas([]), []);
  assert.deepEqual(findAreas([change('/usr/a', 0, 'attributes')]), []);
});

test('files of no bytes are in one area', () => {
  assert.deepEqual(pathsOf([change('/usr/a', 0), change('/etc/b', 0)]), ['/']);
});

test('each byte and each file is in exactly one area', () => {
  const part = fc.constantFrom('a', 'b', 'c');
  const path = fc.array(part, { minLength: 1, maxLength: 7 }).map((parts) => `/${parts.join('/')}`);
  const kind = fc.constantFrom('added' as const, 'modified' as const, 'deleted' as const);
  const one = fc
    .record({ path, kind, bytes: fc.nat(1000) })
    .map(({ path, kind, bytes }) => change(path, bytes, kind));
  fc.assert(
    fc.property(fc.array(one, { maxLength: 40 }), (changes) => {
      const areas = findAreas(changes);
      const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
      assert.equal(sum(areas.map(areaBytes)), sum(changes.map(({ bytes }) => bytes)));
      assert.equal(sum(areas.map(({ fileCount }) => fileCount)), changes.length);
      assert.equal(new Set(areas.map(({ path }) => path)).size, areas.length);
    }),
  );
});
