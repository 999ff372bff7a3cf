import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRemote } from '../../../src/remote/remotes.js';
import { FormatError } from '../../../src/util/errors.js';

test('a remote has a URL, and may have keys and a policy', () => {
  assert.deepEqual(
    parseRemote('origin', Buffer.from("# a remark\nurl = 'https://example.org'\n")),
    {
      name: 'origin',
      url: 'https://example.org',
    },
  );
  const text = 'url = "/srv/os"\nkeys = "/etc/keys"\npolicy = "/etc/policy"\n';
  assert.deepEqual(parseRemote('origin', Buffer.from(text)), {
    name: 'origin',
    url: '/srv/os',
    keys: '/etc/keys',
    policy: '/etc/policy',
  });
});

for (const [what, text] of [
  ['nothing', ''],
  ['no URL', 'keys = "/k"\n'],
  ['an unknown key', 'url = "/srv"\nproxy = "x"\n'],
  ['a table', 'url = "/srv"\n[keys]\n'],
  ['a key with a meaning in JavaScript', 'url = "/srv"\n__proto__ = "x"\n'],
  ['a number for the URL', 'url = 1\n'],
  ['the URL twice', 'url = "/a"\nurl = "/b"\n'],
  ['a URL with a password', 'url = "http://a:b@example.org"\n'],
  ['a relative directory of keys', 'url = "/srv"\nkeys = "keys"\n'],
  ['no TOML', 'url: /srv\n'],
  ['bytes that are not UTF-8', Buffer.from([0x75, 0xff, 0xfe])],
  ['too many bytes', `url = "/srv"\n${'#'.repeat(70_000)}\n`],
] as const) {
  test(`a file of a remote with ${what} is refused`, () => {
    assert.throws(() => parseRemote('origin', Buffer.from(text)), FormatError);
  });
}
