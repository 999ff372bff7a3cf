import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCanonicalJson, printCanonicalJson } from '../../../src/util/canonical-json.js';
import { FormatError } from '../../../src/util/errors.js';

const options = { format: 'test', maxBytes: 4096 };
const parse = (text: string) => parseCanonicalJson(Buffer.from(text, 'utf8'), options);
const isFormatError = (error: unknown) => error instanceof FormatError && error.format === 'test';

test('keys are sorted by UTF-16 units as in the example of RFC 8785 section 3.2.3', () => {
  const value = {
    '\u20ac': 'Euro Sign',
    '\r': 'Carriage Return',
    '\ufb33': 'Hebrew Letter Dalet With Dagesh',
    '1': 'One',
    '\u{1f600}': 'Emoji: Grinning Face',
    '\u0080': 'Control',
    '\u00f6': 'Latin Small Letter O With Diaeresis',
  };
  assert.equal(
    printCanonicalJson(value),
    '{"\\r":"Carriage Return","1":"One","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis",' +
      '"\u20ac":"Euro Sign","\u{1f600}":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
  );
});

test('strings are escaped as RFC 8785 section 3.2.2.2 wants', () => {
  assert.equal(
    printCanonicalJson('\u20ac$\u000f\nA\'B"\\\\"/'),
    '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"',
  );
});

test('undefined members are left out and -0 is printed as 0', () => {
  assert.equal(printCanonicalJson({ b: undefined, a: [-0, null, true] }), '{"a":[0,null,true]}');
});

test('values without one exact spelling are refused', () => {
  const deep = JSON.parse('['.repeat(33) + ']'.repeat(33)) as unknown;
  for (const value of [1.5, NaN, 2 ** 53, '\ud800', { '\udc00': 1 }, deep, 1n, Symbol('x')])
    assert.throws(() => printCanonicalJson(value, 'test'), isFormatError);
});

test('a document that is not in canonical form is refused with the place of the first difference', () => {
  const refused = [
    '{"a":1,"a":1}',
    '{"b":1,"a":1}',
    ' 1',
    '1\n',
    '-0',
    '1e2',
    '1.0',
    '"\\u0041"',
    '"\\ud800"',
    '\ufeff1',
    '{',
    '',
    `${'['.repeat(2000)}${']'.repeat(2000)}`,
  ];
  for (const text of refused) assert.throws(() => parse(text), isFormatError, text);
  assert.throws(() => parse('{"a":"\u20ac", "z":2}'), { message: /offset 11/ });
  assert.throws(() => parseCanonicalJson(Buffer.from([0x22, 0xff, 0x22]), options), isFormatError);
  assert.throws(() => parse(`"${'x'.repeat(4096)}"`), /more than 4096/);
});

test('a canonical document is read back as it was', () => {
  const text = '{"__proto__":{"x":1},"a":[{},[],"\u2028"],"b":-9007199254740991}';
  assert.equal(printCanonicalJson(parse(text)), text);
});
