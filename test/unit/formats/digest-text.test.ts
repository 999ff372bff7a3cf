import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTypedDigest, printTypedDigest } from '../../../src/formats/digest-text.js';
import { FormatError } from '../../../src/util/errors.js';

const HEX = '0123456789abcdef'.repeat(4);

test('typed digests of both format versions and hashes are read back as written', () => {
  for (const text of [
    `v0-sha256-12:${HEX}`,
    `v1-sha256-12:${HEX}`,
    `v0-sha512-12:${HEX}${HEX}`,
    `v1-sha512-12:${HEX}${HEX}`,
  ])
    assert.equal(printTypedDigest(parseTypedDigest(text)), text);
  assert.deepEqual(parseTypedDigest(`v0-sha256-12:${HEX}`), {
    formatVersion: 0,
    algorithm: 'sha256',
    digest: HEX,
  });
});

test('anything else is refused', () => {
  for (const text of [
    HEX,
    `v1-sha256-12:${HEX}0`,
    `v1-sha256-12:${HEX}\n`,
    `v1-sha256-12:${HEX.toUpperCase()}`,
    `v1-sha512-12:${HEX}`,
    `v1-sha256-16:${HEX}`,
    `v2-sha256-12:${HEX}`,
    `v01-sha256-12:${HEX}`,
    ` v1-sha256-12:${HEX}`,
    `?v1-sha256-12:${HEX}`,
    'v1-sha256-12:',
    '',
  ])
    assert.throws(() => parseTypedDigest(text), FormatError, text);
});
