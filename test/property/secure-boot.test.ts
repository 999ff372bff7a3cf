/** Damaged files of Secure Boot: each is refused or read, and none is trusted that is not what was signed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { peHash } from '../../src/formats/authenticode/pe-hash.js';
import { attachSignature, signRequest } from '../../src/formats/authenticode/sign-pe.js';
import { verifySignature } from '../../src/formats/authenticode/verify-pe.js';
import {
  encodeUpdate,
  parseUpdate,
  updateRequest,
  updateSignedBy,
  type VariableUpdate,
} from '../../src/formats/efi-variables/authenticated-variable.js';
import { GUID } from '../../src/formats/efi-variables/efi-guid.js';
import { judgeImage } from '../../src/formats/efi-variables/image-verdict.js';
import { OWNER } from '../../src/formats/efi-variables/owner.js';
import {
  encodeSignatureLists,
  parseSignatureLists,
} from '../../src/formats/efi-variables/signature-list.js';
import { parseSignedData } from '../../src/formats/pkcs7/signed-data.js';
import { parseCertificate } from '../../src/formats/x509/certificate.js';
import { isIssuedBy } from '../../src/formats/x509/rsa-signature.js';
import { FormatError } from '../../src/util/errors.js';
import { makePe } from '../helpers/pe-file.js';
import { Random } from '../helpers/random.js';
import { makeTestKey } from '../helpers/secure-boot-keys.js';

const ROUNDS = 3000;
const key = makeTestKey('db');
const { certificate } = key;
const entries = [
  { type: GUID.EFI_CERT_X509, owner: OWNER, data: certificate.der },
  { type: GUID.EFI_CERT_SHA256, owner: OWNER, data: Buffer.alloc(32, 7) },
];
const file = makePe({ sections: [{ name: '.text' }, { name: '.data' }] });
const signed = attachSignature(file, certificate, key.sign(signRequest(file)));
const update: VariableUpdate = {
  ...{ name: 'db', time: 1_800_000_000, append: false },
  value: encodeSignatureLists(entries),
};
const auth = encodeUpdate(update, certificate, key.sign(updateRequest(update)));

/** One to three edits of some bytes: changed, removed, repeated, cut off. */
function damaged(random: Random, bytes: Buffer): Buffer {
  let result = Buffer.from(bytes);
  for (let edit = random.integer(1, 3); edit > 0; edit -= 1) {
    const at = random.integer(0, Math.max(0, result.length - 1));
    const [before, behind] = [result.subarray(0, at), result.subarray(at)];
    const length = random.integer(1, 40);
    const one = Buffer.from([random.pick([0, 1, 0x30, 0x31, 0x7f, 0x80, 0x82, 0xa0, 0xff])]);
    result = Buffer.concat(
      random.pick([
        [before, one, behind.subarray(1)],
        [before, behind.subarray(length)],
        [before, behind.subarray(0, length), behind],
        [before],
      ]),
    );
  }
  return result;
}

/** What `read` gives for damaged bytes; undefined where it refuses them. */
function forDamaged(bytes: Buffer, read: (bytes: Buffer) => void): void {
  const random = new Random(0x5b007);
  for (let round = 0; round < ROUNDS; round += 1) {
    const other = damaged(random, bytes);
    try {
      read(other);
    } catch (error) {
      assert.ok(error instanceof FormatError, `${String(error)} in ${other.toString('hex')}`);
    }
  }
}

test('a damaged certificate is not issued by the one that it was', () => {
  forDamaged(certificate.der, (bytes) => {
    const other = parseCertificate(bytes);
    const isSame = other.der.equals(certificate.der);
    assert.equal(isIssuedBy(other, certificate, 0), isSame);
  });
});

test('a damaged file is trusted only where what is signed is the same', () => {
  forDamaged(signed, (bytes) => {
    const by = verifySignature(bytes, [certificate]);
    if (by !== undefined) assert.deepEqual(peHash(bytes), peHash(signed));
    const { isAccepted } = judgeImage(bytes, { db: entries, dbx: [] });
    assert.equal(isAccepted, by !== undefined);
  });
});

test('a damaged file that is forbidden by its hash is not started', () => {
  const dbx = [{ type: GUID.EFI_CERT_SHA256, owner: OWNER, data: peHash(signed) }];
  forDamaged(signed, (bytes) => {
    const verdict = judgeImage(bytes, { db: entries, dbx });
    assert.equal(verdict.isAccepted, false);
  });
});

test('a damaged update is trusted only where what is signed is the same', () => {
  forDamaged(auth, (bytes) => {
    if (updateSignedBy(bytes, update, [certificate]) === undefined) return;
    const { time, value } = parseUpdate(bytes);
    assert.deepEqual({ time, value }, { time: update.time, value: update.value });
  });
});

test('damaged signatures and lists are read or refused', () => {
  const table = signed.subarray(file.length + 8);
  forDamaged(table.subarray(0, 4 + table.readUInt16BE(2)), parseSignedData);
  forDamaged(update.value, parseSignatureLists);
});
