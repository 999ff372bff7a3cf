import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMeta, printMeta } from '../../../src/repo/meta.js';

const good = JSON.parse(printMeta('sha256')) as Record<string, unknown>;
const changed = (fields: Record<string, unknown>) => JSON.stringify({ ...good, ...fields });
const features = (fields: Record<string, unknown>) =>
  changed({
    features: { compatible: [], 'read-only-compatible': [], incompatible: [], ...fields },
  });

for (const algorithm of ['sha256', 'sha512'] as const) {
  test(`a new ${algorithm} repository can be opened for writing`, () => {
    const meta = parseMeta(printMeta(algorithm));
    assert.equal(meta.algorithm, algorithm);
    assert.equal(meta.writable, true);
  });
}

test('an unknown version is refused', () => {
  assert.throws(() => parseMeta(changed({ version: 2 })), {
    code: 'UNSUPPORTED',
    message: /version 2/,
  });
});

test('an unknown algorithm is refused', () => {
  assert.throws(() => parseMeta(changed({ algorithm: 'fsverity-md5-12' })), {
    code: 'UNSUPPORTED',
  });
  assert.throws(() => parseMeta(changed({ algorithm: undefined })), { code: 'UNSUPPORTED' });
});

test('an incompatible feature is refused by name', () => {
  assert.throws(() => parseMeta(features({ incompatible: ['zstd_objects'] })), {
    code: 'UNSUPPORTED',
    message: /zstd_objects/,
  });
});

test('an unknown read-only-compatible feature lets the repository only be read', () => {
  assert.equal(
    parseMeta(features({ 'read-only-compatible': ['v1_erofs', 'future'] })).writable,
    false,
  );
});

test('an unknown compatible feature changes nothing', () => {
  assert.equal(parseMeta(features({ compatible: ['future'] })).writable, true);
});

test('a repository of another composefs tool, without features, can be opened', () => {
  assert.equal(parseMeta('{"version":1,"algorithm":"fsverity-sha512-12"}').algorithm, 'sha512');
});

for (const text of [
  '',
  '{',
  '[]',
  'null',
  '1',
  features({ incompatible: 'x' }),
  features({ compatible: [1] }),
  changed({ features: [] }),
]) {
  test(`${text.slice(0, 40)}… is damage, not a crash`, () => {
    assert.throws(() => parseMeta(text), { code: 'FORMAT_INVALID' });
  });
}
