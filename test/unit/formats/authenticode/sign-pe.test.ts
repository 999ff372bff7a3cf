import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withSignatures } from '../../../../src/formats/authenticode/certificate-table.js';
import { peHash } from '../../../../src/formats/authenticode/pe-hash.js';
import { attachSignature, signRequest } from '../../../../src/formats/authenticode/sign-pe.js';
import { signatureOf, verifySignature } from '../../../../src/formats/authenticode/verify-pe.js';
import { FormatError, RootsealError } from '../../../../src/util/errors.js';
import { makePe, OPTIONAL_HEADER } from '../../../helpers/pe-file.js';
import { makeTestKey } from '../../../helpers/secure-boot-keys.js';

const key = makeTestKey('db');
const other = makeTestKey('other');
const file = makePe({ sections: [{ name: '.text' }, { name: '.data' }] });
/** Where CheckSum and the entry of the certificate table stand: what no signature covers. */
const CHECKSUM = OPTIONAL_HEADER + 64;
const TABLE_ENTRY = OPTIONAL_HEADER + 144;
const signedBy = (bytes: Buffer, by = key) =>
  attachSignature(bytes, by.certificate, by.sign(signRequest(bytes)));
const signed = signedBy(file);

test('a signed file is vouched for by its certificate, and by no other', () => {
  assert.equal(verifySignature(signed, [other.certificate, key.certificate]), key.certificate);
  assert.equal(verifySignature(signed, [other.certificate]), undefined);
  assert.equal(verifySignature(signed, []), undefined);
  assert.equal(verifySignature(file, [key.certificate]), undefined);
});

test('78 bytes are signed, and the same file signed twice is the same bytes', () => {
  assert.equal(signRequest(file).length, 78);
  assert.deepEqual(signedBy(file), signed);
});

test('a signature changes neither the hash nor what is to be signed, whatever the length of the file', () => {
  for (const tail of [0, 1, 7, 8, 13]) {
    const bytes = Buffer.concat([file, Buffer.alloc(tail, 7)]);
    const result = signedBy(bytes);
    assert.deepEqual(peHash(result), peHash(bytes));
    assert.deepEqual(signRequest(result), signRequest(bytes));
    assert.equal(verifySignature(result, [key.certificate]), key.certificate, `tail of ${tail}`);
  }
});

test('a flipped byte anywhere before the table, CheckSum and table entry aside, takes the signature away', () => {
  for (let offset = 0; offset < file.length; offset += 1) {
    const isLeftOut =
      (offset >= TABLE_ENTRY && offset < TABLE_ENTRY + 8) ||
      (offset >= CHECKSUM && offset < CHECKSUM + 4);
    if (isLeftOut) continue;
    const damaged = Buffer.from(signed);
    damaged[offset] = damaged[offset]! ^ 1;
    let by;
    try {
      by = verifySignature(damaged, [key.certificate]);
    } catch (error) {
      assert.ok(error instanceof FormatError);
    }
    assert.equal(by, undefined, `offset ${offset}`);
  }
});

test('a signature is replaced, and can be removed', () => {
  const again = signedBy(signed, other);
  assert.equal(signatureOf(again).length, 1);
  assert.equal(verifySignature(again, [key.certificate, other.certificate]), other.certificate);
  const removed = withSignatures(again, []);
  assert.equal(signatureOf(removed).length, 0);
  assert.deepEqual(signedBy(removed), signed);
});

test('a signature that is not one by the certificate is not attached', () => {
  const wrong = [other.sign(signRequest(file)), key.sign(file), Buffer.alloc(256), Buffer.alloc(0)];
  for (const signature of wrong) {
    assert.throws(
      () => attachSignature(file, key.certificate, signature),
      (error) =>
        error instanceof RootsealError &&
        error.code === 'FAILED' &&
        error.message.includes('not one by'),
    );
  }
});

test('a file without a place for a signature is refused', () => {
  const bytes = makePe({ sections: [{ name: '.text' }], dataDirectories: 4 });
  assert.throws(() => peHash(bytes), /no place for signatures/);
  assert.throws(() => signRequest(Buffer.from('text')), FormatError);
});

test('a damaged certificate table is refused', () => {
  const damage = (offset: number, byte: number) => {
    const bytes = Buffer.from(signed);
    bytes[file.length + offset] = byte;
    return bytes;
  };
  for (const bytes of [damage(0, 3), damage(3, 1), damage(8, 0x31), damage(10, 0xff)])
    assert.throws(() => verifySignature(bytes, [key.certificate]), FormatError);
  // Another revision or type is not a signature of this kind.
  for (const bytes of [damage(4, 1), damage(6, 1)]) assert.deepEqual(signatureOf(bytes), []);
});
