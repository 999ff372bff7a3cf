import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  encodeUpdate,
  parseUpdate,
  updateRequest,
  updateSignedBy,
  type VariableUpdate,
} from '../../../../src/formats/efi-variables/authenticated-variable.js';
import { decodeGuid, encodeGuid, GUID } from '../../../../src/formats/efi-variables/efi-guid.js';
import { decodeEfiTime, encodeEfiTime } from '../../../../src/formats/efi-variables/efi-time.js';
import {
  encodeSignatureLists,
  parseSignatureLists,
  type DatabaseEntry,
} from '../../../../src/formats/efi-variables/signature-list.js';
import { FormatError } from '../../../../src/util/errors.js';
import { makeTestKey } from '../../../helpers/secure-boot-keys.js';

const OWNER = '11111111-2222-3333-4444-555555555555';
const TIME = Date.parse('2026-11-30T12:34:56Z') / 1000;
const key = makeTestKey('KEK');
const hash = (byte: number): DatabaseEntry => ({
  type: GUID.EFI_CERT_SHA256,
  owner: OWNER,
  data: Buffer.alloc(32, byte),
});
const certificate: DatabaseEntry = {
  type: GUID.EFI_CERT_X509,
  owner: OWNER,
  data: key.certificate.der,
};

test('a GUID is written in the order of bytes of UEFI, and read again', () => {
  const bytes = encodeGuid(GUID.EFI_IMAGE_SECURITY_DATABASE);
  assert.equal(bytes.toString('hex'), 'cbb219d73a3d9645a3bcdad00e67656f');
  assert.equal(decodeGuid(bytes), GUID.EFI_IMAGE_SECURITY_DATABASE);
});

test('a time is to the second, and what UEFI wants to be 0 must be 0', () => {
  const bytes = encodeEfiTime(TIME);
  assert.equal(bytes.toString('hex'), 'ea070b1e0c2238000000000000000000');
  assert.equal(decodeEfiTime(bytes), TIME);
  for (const [offset, value] of [
    [2, 13],
    [3, 31],
    [4, 24],
    [7, 1],
    [8, 1],
    [12, 1],
    [14, 1],
  ] as const) {
    const other = Buffer.from(bytes);
    other[offset] = value;
    assert.equal(decodeEfiTime(other), undefined, `byte ${offset}`);
  }
});

describe('signature lists', () => {
  test('hashes share a list, certificates have one each; they are read as they were written', () => {
    const entries = [certificate, certificate, hash(1), hash(2)];
    const bytes = encodeSignatureLists(entries);
    assert.deepEqual(parseSignatureLists(bytes), entries);
    const one = 28 + 16 + key.certificate.der.length;
    assert.equal(bytes.length, 2 * one + 28 + 2 * (16 + 32));
    assert.deepEqual(parseSignatureLists(Buffer.alloc(0)), []);
  });

  test('a list that goes beyond its end, or is not made of whole entries, is refused', () => {
    const bytes = encodeSignatureLists([hash(1), hash(2)]);
    const change = (offset: number, value: number) => {
      const other = Buffer.from(bytes);
      other.writeUInt32LE(value, offset);
      return other;
    };
    const damaged = [
      bytes.subarray(0, 20),
      bytes.subarray(0, -1),
      Buffer.concat([bytes, Buffer.from([0])]),
      ...[0, 27, bytes.length + 1, 0xffffffff].map((size) => change(16, size)),
      ...[1, 0xffffffff].map((size) => change(20, size)),
      ...[0, 16, 47, 0xffffffff].map((size) => change(24, size)),
    ];
    for (const other of damaged) assert.throws(() => parseSignatureLists(other), FormatError);
  });
});

describe('authenticated variables', () => {
  const update: VariableUpdate = {
    ...{ name: 'db', time: TIME, append: false },
    value: encodeSignatureLists([certificate]),
  };
  const file = encodeUpdate(update, key.certificate, key.sign(updateRequest(update)));

  test('a file is read as it was written, and has no time but the given one', () => {
    const parsed = parseUpdate(file);
    assert.equal(parsed.time, TIME);
    assert.deepEqual(parsed.value, update.value);
    const again = encodeUpdate(update, key.certificate, key.sign(updateRequest(update)));
    assert.deepEqual(again, file);
  });

  test('the signature is for this variable, this way of writing, this time and this value alone', () => {
    const by = (bytes: Buffer, as: Pick<VariableUpdate, 'name' | 'append'>) =>
      updateSignedBy(bytes, as, [key.certificate]);
    assert.equal(by(file, update), key.certificate);
    assert.equal(by(file, { ...update, name: 'KEK' }), undefined);
    assert.equal(by(file, { ...update, name: 'dbx' }), undefined);
    assert.equal(by(file, { ...update, append: true }), undefined);
    for (const offset of [6, file.length - 1]) {
      const other = Buffer.from(file);
      other[offset] = other[offset]! ^ 1;
      assert.equal(by(other, update), undefined, `byte ${offset}`);
    }
    assert.equal(updateSignedBy(file, update, [makeTestKey('other').certificate]), undefined);
  });

  test('what is not an authenticated variable is refused', () => {
    const change = (offset: number, value: number) => {
      const other = Buffer.from(file);
      other.writeUInt32LE(value, offset);
      return other;
    };
    const damaged = [
      Buffer.alloc(0),
      file.subarray(0, 39),
      change(0, 0),
      ...[0, 23, file.length, 0xffffffff].map((size) => change(16, size)),
      change(20, 0),
      change(24, 0),
      change(40, 0),
    ];
    for (const other of damaged) assert.throws(() => parseUpdate(other), FormatError);
  });
});
