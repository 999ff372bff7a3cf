import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBytes, fromText, toDisplay } from '../../../src/util/bytes.js';
import { hidesSomething, oneLine, printable, printableJson } from '../../../src/util/printable.js';
import { Random } from '../../helpers/random.js';

/** Everything that a terminal obeys, or that shows another text than there is. */
const HIDDEN = [
  ...['\x00', '\x07', '\r', '\x1b', '\x7f', '\x85', '\x9b', '\u061c', '\u200b', '\u200e', '\u202a'],
  ...['\u202e', '\u2028', '\u2029', '\u2060', '\u2066', '\u2069', '\ufeff', '\u{e0041}', '\ud800'],
];

test('no character that is not shown is left in a text, and what it was can be read', () => {
  for (const character of HIDDEN) {
    const shown = printable(`a${character}b`);
    assert.match(shown, /^a(?:\\x[0-9a-f]{2})+b$/);
    assert.equal(hidesSomething(shown), false);
  }
  assert.equal(printable('\x1b]0;title\x07'), '\\x1b]0;title\\x07');
  assert.equal(printable('a\u202eb'), 'a\\xe2\\x80\\xaeb');
});

test('text that is shown stays as it is, with its lines and tabs', () => {
  for (const text of ['plain', 'größer – ünïcode 日本語 🦭', 'two\n\tlines\n', 'C:\\a'])
    assert.equal(printable(text), text);
});

test('a line is one line, whatever was in it', () => {
  assert.equal(oneLine(' one\r\n  two\tthree\n'), 'one two three');
  assert.equal(oneLine('garbage\u2028x'), 'garbage\\xe2\\x80\\xa8x');
});

test('a document with such characters is the same JSON, without one of them', () => {
  for (const character of HIDDEN) {
    const document = { [`key${character}`]: [`a${character}b`, 1, null] };
    const text = printableJson(document);
    assert.equal(hidesSomething(text), false, JSON.stringify(text));
    assert.deepEqual(JSON.parse(text), document);
  }
});

/** What `toDisplay` says that its text stands for. */
function bytesOf(shown: string): Buffer {
  const parts = shown.split(/(\\\\|\\x[0-9a-f]{2})/).map((part, index) => {
    if (index % 2 === 0) return Buffer.from(part, 'utf8');
    return part === '\\\\' ? Buffer.from('\\') : Buffer.from(part.slice(2), 'hex');
  });
  return Buffer.concat(parts);
}

test('no two names are shown alike: the shown text gives the bytes of the name again', () => {
  const random = new Random(1);
  const names = [
    ...['a\\x1b', 'a\x1b', 'a\\\\x1b', '\\', '\u009b', 'ä', '\u202e', 'a\nb', 'a\tb'].map(fromText),
    ...['9b', '5c9b', 'c29b', 'e280', 'ff00'].map((hex) => fromBytes(Buffer.from(hex, 'hex'))),
    ...Array.from({ length: 300 }, (_, seed) => fromBytes(random.bytes(1 + (seed % 7)))),
  ];
  for (const name of names) {
    const shown = toDisplay(name);
    assert.equal(hidesSomething(shown), false, JSON.stringify(shown));
    assert.deepEqual(bytesOf(shown), Buffer.from(name, 'latin1'), shown);
  }
});
