import assert from 'node:assert/strict';
import { test } from 'node:test';
import { locationProblem, parseLocation } from '../../../src/remote/location.js';

for (const [url, directory] of [
  ['/srv/os', '/srv/os'],
  ['/srv//os/../x', '/srv/x'],
  ['file:///srv/os', '/srv/os'],
  ['file:///srv/a%20b', '/srv/a b'],
] as const) {
  test(`${url} is the directory ${directory}`, () => {
    assert.equal(locationProblem(url), undefined);
    assert.deepEqual(parseLocation(url), { kind: 'directory', path: directory });
  });
}

for (const [url, base] of [
  ['http://example.org', 'http://example.org/'],
  ['https://example.org:8443/a/b', 'https://example.org:8443/a/b/'],
  ['HTTPS://Example.org/a/', 'https://example.org/a/'],
] as const) {
  test(`${url} is below ${base}`, () => {
    const location = parseLocation(url);
    assert.equal(location.kind === 'http' && location.base.href, base);
  });
}

for (const url of [
  '',
  'srv/os',
  './os',
  'ftp://example.org/',
  'ssh://example.org/',
  'file://host/srv',
  'file:///srv/a%2fb',
  'file:///srv/a%00',
  'file:///srv/%ff',
  'file:///srv?x',
  'http://',
  'http://user@example.org/',
  'http://:password@example.org/',
  'https://example.org/?token=1',
  'https://example.org/#x',
  'http://example.org/a b',
  '/srv/\n',
  '/srv/\u001b[2J',
  `https://example.org/${'a'.repeat(2100)}`,
]) {
  test(`${JSON.stringify(url.slice(0, 60))} is not a URL of a remote`, () => {
    assert.notEqual(locationProblem(url), undefined);
    assert.throws(() => parseLocation(url), TypeError);
  });
}

test('what is wrong with a URL is told without the URL, which may hold a password', () => {
  assert.doesNotMatch(locationProblem('https://me:hunter2@example.org') ?? '', /hunter2/);
});
