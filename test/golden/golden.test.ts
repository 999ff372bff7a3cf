/**
 * Our dumps: their images and those images' dumps against the reference's, and the place of the mistake in each bad
 * dump.
 *
 * `expect.sh` beside this file writes what is expected of the good ones.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { test } from 'node:test';
import { parseDump } from '../../src/formats/dumpfile/parse-dump.js';
import { printDump } from '../../src/formats/dumpfile/print.js';
import { decodeImage } from '../../src/formats/erofs/read-image.js';
import { encodeImage, type FormatVersion } from '../../src/formats/erofs/write-image.js';
import { digestOf } from '../../src/formats/fsverity/descriptor.js';
import { FormatError } from '../../src/util/errors.js';

// This file runs from dist/test/golden.
const ASSETS = new URL('../../../test/golden/assets/', import.meta.url);
const names = fs
  .readdirSync(ASSETS)
  .filter((file) => file.endsWith('.dump'))
  .map((file) => file.slice(0, -'.dump'.length))
  .sort();

function parse(dump: Uint8Array) {
  return parseDump(dump, { algorithm: 'sha256' });
}

function readDump(name: string): Buffer {
  return fs.readFileSync(new URL(`${name}.dump`, ASSETS));
}

/** The lines of what is expected, cut at spaces. */
function readExpected(name: string): string[][] {
  const text = fs.readFileSync(new URL(`${name}.txt`, ASSETS), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' '));
}

function versionOf(text: string | undefined): FormatVersion | 'auto' {
  if (text === 'auto') return text;
  return text === '0' ? 0 : 1;
}

for (const name of names.filter((name) => !name.startsWith('should-fail-'))) {
  const [expectedDump = [], ...expectedImages] = readExpected(name).reverse();

  test(`${name}: the images are the reference writer's`, () => {
    const tree = parse(readDump(name));
    const made = expectedImages.map(([version = '']) => {
      const image = encodeImage(tree, { formatVersion: versionOf(version) });
      return [version, digestOf(image, 'sha256'), String(image.length)];
    });
    assert.deepEqual(made, expectedImages);
    assert.equal(made.length, 3);
  });

  test(`${name}: the image's dump is what the reference prints`, () => {
    const image = encodeImage(parse(readDump(name)), { formatVersion: 'auto' });
    const text = [...printDump(decodeImage(image).tree)].join('');
    assert.deepEqual(['dump', createHash('sha256').update(text).digest('hex')], expectedDump);
  });

  test(`${name}: printing the dump keeps its image`, () => {
    const tree = parse(readDump(name));
    const printed = parse(Buffer.from([...printDump(tree)].join('')));
    const options = { formatVersion: 'auto' } as const;
    assert.ok(encodeImage(printed, options).equals(encodeImage(tree, options)));
  });
}

for (const name of names.filter((name) => name.startsWith('should-fail-'))) {
  test(`${name}: the mistake is found in its place`, () => {
    assert.throws(
      () => parse(readDump(name)),
      (error: unknown) => {
        assert.ok(error instanceof FormatError, String(error));
        const { line = 0, column = 0, field = '' } = error.place;
        const place = ['line', String(line), 'column', String(column), field];
        assert.deepEqual([place], readExpected(name), error.message);
        return true;
      },
    );
  });
}
