import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detectCompression } from '../../../src/linux/decompress.js';

const cases: [string, string, string][] = [
  ['1f8b08000000', 'gzip', 'a gzip member'],
  ['28b52ffd0000', 'zstd', 'a zstd frame'],
  ['5f2a4d180000', 'zstd', 'a zstd skippable frame'],
  ['602a4d180000', 'plain', 'a number next to those of skippable frames'],
  ['fd377a585a00', 'xz', 'an xz stream'],
  ['fd377a585a', 'plain', 'a cut xz magic'],
  ['62696e2f7368', 'plain', 'text'],
  ['1f', 'plain', 'a single byte'],
  ['', 'plain', 'nothing'],
];

for (const [hex, expected, what] of cases) {
  test(`${what} is ${expected}`, () => {
    assert.equal(detectCompression(Buffer.from(hex, 'hex')), expected);
  });
}
