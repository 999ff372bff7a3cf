import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PathPlaces } from '../../../../src/disk/lint/path-places.js';

test('a place has those above it, and those below it only when it is whole', () => {
  const places = new PathPlaces(['/var/lib/one', '/var/lib/one-more'], ['/var/cache']);
  const paths = ['/var', '/var/lib', '/var/lib/one', '/var/cache', '/var/cache/a/b'];
  for (const path of paths) assert.equal(places.has(path), true, path);
  for (const path of ['/var/lib/one/x', '/var/lib/on', '/var/cach', '/usr', '/var/cache-2'])
    assert.equal(places.has(path), false, path);
});

test('as many and as deep paths as a hostile tree names need no more room than they have', () => {
  const deep = '/a'.repeat(2000);
  const paths = Array.from({ length: 2000 }, (_, index) => `/${index}${deep}`);
  const places = new PathPlaces(paths, []);
  assert.equal(places.has(`/1999${deep}`), true);
  assert.equal(places.has(`/1999${'/a'.repeat(1000)}`), true);
  assert.equal(places.has(`/1999${deep}/a`), false);
});
