import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseEtcRules, ruleFor } from '../../../src/formats/etc-rules.js';
import { ascii } from '../../../src/util/bytes.js';
import { FormatError } from '../../../src/util/errors.js';

function rules(text: string) {
  return parseEtcRules(Buffer.from(text), 'x.conf');
}

function kindOf(text: string, path: string) {
  return ruleFor(rules(text), ascii(path));
}

test('a rule covers what its glob names and everything below', () => {
  const covered: [glob: string, path: string, covers: boolean][] = [
    ['/etc/motd', '/etc/motd', true],
    ['/etc/motd', '/etc/motd2', false],
    ['/etc/motd', '/etc/mot', false],
    ['/etc/ssh', '/etc/ssh/keys/a', true],
    ['/etc/ssh/*', '/etc/ssh', false],
    ['/etc/ssh/*', '/etc/ssh/a', true],
    ['/etc/ssh/*_key', '/etc/ssh/host_rsa_key', true],
    ['/etc/ssh/*_key', '/etc/ssh/a/host_key', false],
    ['/etc/ssh/*_key', '/etc/ssh/host_key.pub', false],
    ['/etc/ss?', '/etc/ssl', true],
    ['/etc/ss?', '/etc/ss', false],
    ['/etc/**/x', '/etc/x', true],
    ['/etc/**/x', '/etc/a/b/x', true],
    ['/etc/**/x', '/etc/a/b/y', false],
    ['/etc/a/**/b/c', '/etc/a/b/b/c', true],
    ['/etc/a/**', '/etc/a', true],
    ['/etc/a/**', '/etc/a/b', true],
    ['/etc/**', '/etc/a/b', true],
    ['/etc/*a*b*', '/etc/xxaxxbxx', true],
    ['/etc/*a*b', '/etc/abab', true],
    ['/etc/with blank', '/etc/with blank', true],
    ['/etc/.*', '/etc/.git', true],
    ['/etc/*', '/etc/.git', true],
  ];
  for (const [glob, path, covers] of covered)
    assert.equal(kindOf(`keep ${glob}`, path), covers ? 'keep' : undefined, `${glob} ${path}`);
});

test('names are bytes', () => {
  const [name, glob] = ['/etc/\xc3\xa4', '/etc/??'];
  assert.equal(kindOf(`keep ${glob}`, name), 'keep');
  const bytes = Buffer.from('keep /etc/\xff\n', 'latin1');
  assert.equal(ruleFor(parseEtcRules(bytes, 'x'), ascii('/etc/\xff')), 'keep');
});

test('the last rule that covers a path decides', () => {
  const text =
    '# the image says\nimage /etc/**\n\tkeep \t /etc/ssh \n; but\nimage /etc/ssh/moduli\n';
  assert.equal(kindOf(text, '/etc/motd'), 'image');
  assert.equal(kindOf(text, '/etc/ssh/sshd_config'), 'keep');
  assert.equal(kindOf(text, '/etc/ssh/moduli'), 'image');
  assert.equal(kindOf('', '/etc/motd'), undefined);
});

test('no rule covers /etc itself', () => {
  assert.equal(kindOf('image /etc/**', '/etc'), undefined);
});

test('a line that is not a rule is refused, with its number', () => {
  const wrong: [line: string, message: RegExp][] = [
    ['keep', /the glob is missing/],
    ['keepx /etc/a', /expected "keep GLOB" or "image GLOB"/],
    ['Keep /etc/a', /expected "keep GLOB"/],
    ['keep etc/a', /does not begin with "\/etc\/"/],
    ['keep /usr/a', /does not begin with "\/etc\/"/],
    ['keep /etc', /does not begin with "\/etc\/"/],
    ['keep /etc/', /empty name/],
    ['keep /etc/a/', /empty name/],
    ['keep /etc//a', /empty name/],
    ['keep /etc/../a', /"\.\."/],
    ['keep /etc/./a', /"\."/],
    ['keep /etc/a**', /whole names/],
    ['keep /etc/***', /whole names/],
    ['keep /etc/[ab]', /only "\*", "\?" and "\*\*"/],
    ['keep /etc/{a,b}', /only "\*"/],
    ['keep /etc/\\a', /only "\*"/],
    [`keep /etc/${'a'.repeat(1024)}`, /more than 1024/],
  ];
  for (const [line, message] of wrong)
    assert.throws(
      () => rules(`# comment\n${line}\n`),
      (error) => {
        assert.ok(error instanceof FormatError, line);
        assert.match(error.message, message);
        assert.match(error.message, /^x\.conf: line 2: /);
        return true;
      },
    );
});

test('a glob that is made to match slowly does not', () => {
  const glob = `/etc/${'**/*a/'.repeat(150)}x`;
  const path = `/etc/${'aaaa/'.repeat(800)}y`;
  assert.equal(kindOf(`keep ${glob}`, path), undefined);
  assert.equal(kindOf(`keep /etc/${'*a'.repeat(500)}`, `/etc/${'a'.repeat(255)}`), undefined);
});
