/** The escapes of composefs-dump(5). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  escapeField,
  escapeOptional,
  escapeXattr,
  unescapeBytes,
} from '../../../../src/formats/dumpfile/escape.js';
import { fromBytes } from '../../../../src/util/bytes.js';

const everyByte = fromBytes(Uint8Array.from({ length: 256 }, (_, byte) => byte));

function unescape(text: string): string {
  const bytes = Buffer.from(text, 'latin1');
  return unescapeBytes(bytes, 0, bytes.length, (message) => {
    throw new Error(message);
  }).toString('latin1');
}

test('every byte survives being escaped and read again', () => {
  for (const escape of [escapeField, escapeOptional, escapeXattr]) {
    const text = escape(everyByte);
    assert.match(text, /^[\x21-\x7e]+$/);
    assert.equal(unescape(text), everyByte);
  }
});

test('named escapes are used for the four bytes that have one, lower-case hex for the rest', () => {
  const text = fromBytes(Buffer.from('a\\b\nc\rd\te f\x00\x7f\xffz', 'latin1'));
  assert.equal(escapeField(text), 'a\\\\b\\nc\\rd\\te\\x20f\\x00\\x7f\\xffz');
});

test('an equals sign is escaped in attributes only', () => {
  const text = fromBytes(Buffer.from('a=b'));
  assert.equal(escapeXattr(text), 'a\\x3db');
  assert.equal(escapeField(text), 'a=b');
  assert.equal(escapeOptional(text), 'a=b');
});

test('only a lone dash is escaped in optional fields', () => {
  assert.equal(escapeOptional(undefined), '-');
  assert.equal(escapeOptional(fromBytes(Buffer.from('-'))), '\\x2d');
  assert.equal(escapeOptional(fromBytes(Buffer.from('--'))), '--');
  assert.equal(escapeXattr(fromBytes(Buffer.from('-'))), '-');
});

test('hex digits may be of either case', () => {
  assert.equal(unescape('\\x4A\\x4a\\xfF'), 'JJ\xff');
});

test('malformed escapes are refused with the reason', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['abc\\', /ends in a backslash/],
    ['\\x', /two hex digits/],
    ['\\x4', /two hex digits/],
    ['\\x4g', /two hex digits/],
    ['\\xg4', /two hex digits/],
    ['\\q', /no escape \\q/],
    ['\\0', /no escape \\0/],
    ['\\N', /no escape \\N/],
    ['\\\xe4', /no escape \\byte 0xe4/],
    ['\\ ', /no escape \\byte 0x20/],
  ];
  for (const [text, message] of cases) assert.throws(() => unescape(text), { message });
});

test('only the asked range is read and nothing is copied when nothing is escaped', () => {
  const bytes = Buffer.from('\\n plain \\n');
  const fail = (message: string): never => {
    throw new Error(message);
  };
  const view = unescapeBytes(bytes, 3, 8, fail);
  assert.equal(view.toString(), 'plain');
  assert.equal(view.buffer, bytes.buffer);
  assert.throws(() => unescapeBytes(bytes, 0, 1, fail), /ends in a backslash/);
});
