/** Laws of composefs-dump(5) text: printing and reading are inverse, and no text breaks the reader. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseDump } from '../../src/formats/dumpfile/parse-dump.js';
import { printDump } from '../../src/formats/dumpfile/print.js';
import { decodeImage } from '../../src/formats/erofs/read-image.js';
import { encodeImage } from '../../src/formats/erofs/write-image.js';
import { canonicalize } from '../../src/formats/tree/canonical.js';
import type { Tree } from '../../src/formats/tree/model.js';
import { FormatError } from '../../src/util/errors.js';
import { arbitraryTree } from '../helpers/arbitrary-tree.js';

const SEED = 20261123;

function print(tree: Tree): string {
  return [...printDump(tree)].join('');
}

function parse(text: string): Tree {
  return parseDump(Buffer.from(text, 'latin1'), { algorithm: 'sha256' });
}

test('a printed tree is read back as the same tree', () => {
  fc.assert(
    fc.property(arbitraryTree(), (tree) => {
      assert.deepEqual(parse(print(tree)), tree);
    }),
    { seed: SEED, numRuns: 300 },
  );
});

test('printed lines are printable ASCII without trailing blanks', () => {
  fc.assert(
    fc.property(arbitraryTree(), (tree) => {
      for (const line of printDump(tree))
        assert.match(line, /^[\x21-\x7e]+( [\x21-\x7e]+){10,}\n$/);
    }),
    { seed: SEED, numRuns: 100 },
  );
});

test('the order of lines does not matter as long as parents come first', () => {
  fc.assert(
    fc.property(arbitraryTree(), fc.integer({ min: 1, max: 0xffff }), (tree, key) => {
      const lines = [...printDump(tree)].map((text, i) => ({ text, key: (i * key) % 65537 }));
      lines.sort((a, b) => depthOf(a.text) - depthOf(b.text) || a.key - b.key);
      assert.deepEqual(parse(lines.map(({ text }) => text).join('')), tree);
    }),
    { seed: SEED, numRuns: 100 },
  );
});

function depthOf(line: string): number {
  return line.startsWith('/ ') ? 0 : line.slice(0, line.indexOf(' ')).split('/').length;
}

test('a canonical tree goes through its image unchanged', () => {
  fc.assert(
    fc.property(arbitraryTree(), (tree) => {
      canonicalize(tree);
      const parsed = parse(print(tree));
      const image = encodeImage(parsed, { formatVersion: 0 });
      const decoded = decodeImage(image).tree;
      assert.deepEqual(decoded, parsed);
      assert.ok(encodeImage(parse(print(decoded)), { formatVersion: 0 }).equals(image));
    }),
    { seed: SEED, numRuns: 300 },
  );
});

test('the dump of an image makes the image again, in either format version', () => {
  fc.assert(
    fc.property(
      arbitraryTree(),
      fc.constantFrom(1 as const, 'auto' as const),
      (tree, formatVersion) => {
        canonicalize(tree);
        const image = encodeImage(tree, { formatVersion });
        const text = print(decodeImage(image).tree);
        const again = encodeImage(parse(text), { formatVersion });
        assert.ok(again.equals(image));
        assert.equal(print(decodeImage(again).tree), text);
      },
    ),
    { seed: SEED, numRuns: 300 },
  );
});

/** One change of a text: at a place (taken modulo its length), remove some bytes and put others in. */
const mutation = fc.record({
  at: fc.nat(),
  remove: fc.constantFrom(0, 0, 1, 1, 2, 30),
  insert: fc.oneof(
    fc.constantFrom(
      '',
      ' ',
      '\n',
      '\\',
      '\\x00',
      '\\x2f',
      '/',
      '//',
      '-',
      '@',
      '=',
      '\0',
      '0',
      '9'.repeat(20),
      '.',
      ' - ',
    ),
    fc.string({ unit: 'binary', maxLength: 3 }),
  ),
});

function mutate(
  text: string,
  { at, remove, insert }: { at: number; remove: number; insert: string },
) {
  const place = at % (text.length + 1);
  return text.slice(0, place) + insert + text.slice(place + remove);
}

test('a damaged dump is refused with a place or read as a tree that prints and reads again', () => {
  fc.assert(
    fc.property(
      arbitraryTree(8),
      fc.array(mutation, { minLength: 1, maxLength: 4 }),
      (tree, mutations) => {
        const text = mutations.reduce(mutate, print(tree));
        const again = parseOrPlace(text);
        if (again !== undefined) assert.deepEqual(parse(print(again)), again);
      },
    ),
    { seed: SEED, numRuns: 1500 },
  );
});

function parseOrPlace(text: string): Tree | undefined {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const { line = 0, column = 0, field = '' } = error.place;
    const lines = text.split('\n');
    assert.ok(line >= 1 && line <= lines.length, error.message);
    assert.ok(column >= 1 && column <= (lines[line - 1] ?? '').length + 1, error.message);
    assert.match(field, /^[A-Z]+$/);
    return undefined;
  }
}
