import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseOsRelease } from '../../../src/formats/os-release.js';
import { FormatError } from '../../../src/util/errors.js';

const parse = (text: string) => parseOsRelease(Buffer.from(text, 'utf8'));

test('the facts of a Debian file are found', () => {
  const text =
    'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nNAME="Debian GNU/Linux"\nVERSION_ID="13"\nID=debian\n';
  assert.deepEqual(parse(text), {
    id: 'debian',
    versionId: '13',
    prettyName: 'Debian GNU/Linux 13 (trixie)',
  });
});

test('values are unquoted as a shell does it', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    [`'a "b" \\c'`, 'a "b" \\c'],
    ['"a \\"b\\" \\$x \\\\ \\n"', 'a "b" $x \\ \\n'],
    ['a\\ b', 'a b'],
    [`a'b'"c"`, 'abc'],
    ['plain  ', 'plain'],
    ['two words', undefined],
    ['"open', undefined],
    ["'open", undefined],
    ['end\\', undefined],
    ['$(id)', undefined],
    ['', undefined],
    ['"a\u0007"', undefined],
  ];
  for (const [raw, expected] of cases)
    assert.equal(parse(`PRETTY_NAME=${raw}\n`).prettyName, expected, raw);
});

test('comments and lines that are not assignments are passed over and the last assignment counts', () => {
  assert.deepEqual(parse('# ID=no\n\nnot a line\nID=a\n=x\nID=b'), { id: 'b' });
});

test('a file without ID is called linux', () => {
  assert.deepEqual(parse(''), { id: 'linux' });
});

test('a file that is too long or not UTF-8 is refused', () => {
  assert.throws(() => parse('x'.repeat(64 * 1024 + 1)), FormatError);
  assert.throws(() => parseOsRelease(Buffer.from([0xff])), FormatError);
});
