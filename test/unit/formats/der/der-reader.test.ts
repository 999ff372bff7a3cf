import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DerReader } from '../../../../src/formats/der/der-reader.js';
import { derTime, readDerTime } from '../../../../src/formats/der/der-time.js';
import {
  derInteger,
  derOctetString,
  derOid,
  derSetOf,
} from '../../../../src/formats/der/der-writer.js';
import { decodeOid, encodeOid, OID } from '../../../../src/formats/der/object-identifier.js';
import { FormatError } from '../../../../src/util/errors.js';

const reader = (hex: string) => new DerReader('test', Buffer.from(hex, 'hex'));

describe('only the shortest spelling of a value is read', () => {
  const refused: Readonly<Record<string, string>> = {
    'nothing at all': '',
    'a length that is missing': '04',
    'a length that goes on': '0482',
    'a content that ends too early': '040201',
    'an indefinite length': '0480010000',
    'a length of one byte in two': '04810101',
    'a length with a leading zero': `04820080${'00'.repeat(128)}`,
    'a length of five bytes': '04850000000001ff',
    'a length of four gigabytes': '0484ffffffff00',
    'a tag of several bytes': '1f8101',
  };
  for (const [what, hex] of Object.entries(refused))
    test(what, () => {
      assert.throws(() => reader(hex).any(), FormatError);
    });

  test('and the longest lengths that are right are read', () => {
    for (const size of [0, 127, 128, 255, 256, 65_535, 65_536]) {
      const bytes = derOctetString(Buffer.alloc(size, 7));
      const value = new DerReader('test', bytes).any();
      assert.equal(value.content.length, size);
      assert.deepEqual(value.bytes, bytes);
    }
  });
});

test('an error says where in the document it is', () => {
  const document = reader('300a3008020101040480');
  assert.throws(() => document.sequence('outer'), /offset 0/);
  const inner = reader('3006020101048101').sequence('outer');
  inner.integer('number');
  assert.throws(() => inner.any(), /offset 6/);
});

test('integers are in their shortest form', () => {
  for (const hex of ['0200', '02020001', '0202007f', '0202ff80', '0202ffff'])
    assert.throws(() => reader(hex).integer('number'), FormatError, hex);
  for (const hex of ['020100', '0201ff', '02020080', '0202ff7f'])
    assert.equal(reader(hex).integer('number').toString('hex'), hex.slice(4));
  assert.equal(derInteger(Buffer.from([0, 0, 0x80])).toString('hex'), '02020080');
  assert.equal(derInteger(Buffer.from([0])).toString('hex'), '020100');
  assert.throws(() => reader('020180').smallInteger('number'), FormatError);
});

test('object identifiers are written as openssl writes them, and read again', () => {
  assert.equal(derOid(OID.sha256).toString('hex'), '0609608648016503040201');
  for (const oid of [...Object.values(OID), '0.0', '2.999.1', `2.25.${2n ** 127n}`])
    assert.equal(decodeOid(encodeOid(oid)), oid);
  for (const hex of ['', '80', '2a80', '2a8001', '2a'.repeat(65)])
    assert.equal(decodeOid(Buffer.from(hex, 'hex')), undefined, hex);
});

test('a set has its values in the order of their bytes', () => {
  const [a, b] = [derOctetString(Buffer.from([2])), derOctetString(Buffer.from([1]))];
  assert.equal(derSetOf([a, b]).toString('hex'), '3106040101040102');
});

test('times are those of RFC 5280', () => {
  const at = (text: string) => Date.parse(text) / 1000;
  const spelled = (text: string) => derTime(at(text)).subarray(2).toString('latin1');
  assert.equal(spelled('2049-12-31T23:59:59Z'), '491231235959Z');
  assert.equal(spelled('2050-01-01T00:00:00Z'), '20500101000000Z');
  for (const text of ['1970-01-01T00:00:00Z', '2024-02-29T12:00:00Z', '2124-02-29T12:00:00Z'])
    assert.equal(readDerTime(new DerReader('test', derTime(at(text))), 'time'), at(text));
  for (const text of ['2602300000Z', '260230000000Z', '261301000000Z', '260101000000+0100', 'x']) {
    const bytes = Buffer.concat([Buffer.from([0x17, text.length]), Buffer.from(text)]);
    assert.throws(() => readDerTime(new DerReader('test', bytes), 'time'), FormatError, text);
  }
});
