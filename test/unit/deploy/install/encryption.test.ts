/** What an encrypted disk is bound to, and what is refused before a disk is written to. */
import assert from 'node:assert/strict';
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import {
  parsePcr7,
  requireNewFile,
  writeRecoveryKey,
} from '../../../../src/deploy/install/encryption/encryption-request.js';
import { expectedPcr7 } from '../../../../src/deploy/install/encryption/expected-pcr7.js';
import { requirePcrPublicKey } from '../../../../src/deploy/install/encryption/tpm-policy.js';
import { layOutInstallation } from '../../../../src/deploy/install/partitions.js';
import { MEBIBYTE } from '../../../../src/disk/disk-layout.js';
import { attachSignature, signRequest } from '../../../../src/formats/authenticode/sign-pe.js';
import { OWNER } from '../../../../src/formats/efi-variables/owner.js';
import { GUID } from '../../../../src/formats/efi-variables/efi-guid.js';
import { pcr7 } from '../../../../src/formats/efi-variables/pcr7.js';
import { encodeUki, sectionsOf, type UkiParts } from '../../../../src/formats/uki/encode-uki.js';
import {
  encodePcrPublicKey,
  encodePcrSignatures,
} from '../../../../src/formats/uki/pcr-signature.js';
import { readRsaKey } from '../../../../src/release/secure-boot/certificate-files.js';
import { writeEnrollFiles } from '../../../../src/release/secure-boot/enroll-files.js';
import {
  generateKeys,
  readKeyCertificate,
} from '../../../../src/release/secure-boot/key-directory.js';
import { certificateList } from '../../../../src/release/secure-boot/variable-updates.js';
import { RootsealError, type ErrorCode } from '../../../../src/util/errors.js';
import { makeKernel, makePe, makeStub } from '../../../helpers/pe-file.js';
import { scratchDirectory } from '../../../helpers/scratch.js';
import { makeTestKey, NOT_AFTER, NOT_BEFORE } from '../../../helpers/secure-boot-keys.js';

function refused(action: () => unknown, code: ErrorCode, message: RegExp): void {
  assert.throws(
    action,
    (error: unknown) =>
      error instanceof RootsealError && error.code === code && message.test(error.message),
  );
}

const PARTS: UkiParts = {
  stub: makeStub(),
  osrel: Buffer.from('ID=test\n'),
  cmdline: `composefs.digest=v1-sha256-12:${'ab'.repeat(32)} rw`,
  uname: '6.12.0-test',
  linux: makeKernel(),
  initrd: Buffer.from('070701 and so on'),
};
const KEY = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

function ukiWith(key: KeyObject, phases: readonly string[]): Buffer {
  const parts = { ...PARTS, pcrpkey: encodePcrPublicKey(key) };
  return encodeUki({ ...parts, pcrsig: encodePcrSignatures(sectionsOf(parts), key, phases) });
}

test('the public key of the policy is that of .pcrpkey, for enter-initrd alone', () => {
  const bytes = ukiWith(KEY, ['enter-initrd']);
  assert.ok(requirePcrPublicKey({ bytes }).equals(encodePcrPublicKey(KEY)));
});

test('an image without a policy for the initramfs, or with one for later, is refused', () => {
  const refuses = (bytes: Buffer, message: RegExp) => {
    refused(() => requirePcrPublicKey({ bytes }), 'USAGE', message);
  };
  refuses(encodeUki(PARTS), /has no section \.pcrpkey/);
  refuses(encodeUki({ ...PARTS, pcrpkey: encodePcrPublicKey(KEY) }), /has no section \.pcrsig/);
  refuses(ukiWith(KEY, ['']), /no signature for the phase enter-initrd/);
  const later = ['enter-initrd', 'enter-initrd:leave-initrd'];
  refuses(ukiWith(KEY, later), /for the phase "enter-initrd:leave-initrd"/);
  refuses(ukiWith(KEY, ['', 'enter-initrd']), /for the phase ""/);
});

test('--pcr7 is a value, or the current one', () => {
  assert.deepEqual(parsePcr7(undefined), { kind: 'keys' });
  assert.deepEqual(parsePcr7('current'), { kind: 'current' });
  const value = Buffer.alloc(32, 0xab);
  assert.deepEqual(parsePcr7('AB'.repeat(32)), { kind: 'value', value });
  for (const wrong of ['', 'now', 'ab'.repeat(31), `${'ab'.repeat(32)}\n`, 'zz'.repeat(32)])
    refused(() => parsePcr7(wrong), 'USAGE', /expected "current" or 64 hexadecimal digits/);
});

/** Keys with their files for enrolment, and a signer of files by db. */
async function ownerIn(t: TestContext) {
  const keys = join(scratchDirectory(t), 'keys');
  const dates = { notBefore: NOT_BEFORE, notAfter: NOT_AFTER };
  generateKeys(keys, { name: 'test', passphrase: undefined, ...dates });
  await writeEnrollFiles({
    ...{ keys, out: keys, owner: OWNER, time: undefined },
    signerFor: (name, certificate) => {
      const key = readRsaKey(join(keys, `${name}.key`), certificate, undefined);
      return { certificate, source: { kind: 'key', key } };
    },
  });
  return { keys, certificate: (name: 'PK' | 'KEK' | 'db') => readKeyCertificate(keys, name) };
}

function signedBy(
  certificate: Parameters<typeof attachSignature>[1],
  key: KeyObject,
  fill: string,
) {
  const file = makePe({ sections: [{ name: '.text', content: Buffer.from(fill) }] });
  return attachSignature(file, certificate, sign('sha256', signRequest(file), key));
}

test('of keys that are to be enrolled, PCR 7 follows from them and from who signed', async (t) => {
  const { keys, certificate } = await ownerIn(t);
  const db = certificate('db');
  const key = readRsaKey(join(keys, 'db.key'), db, undefined);
  const started = { loader: signedBy(db, key, 'loader'), uki: signedBy(db, key, 'image') };
  const list = (name: 'PK' | 'KEK' | 'db') => certificateList([certificate(name)], OWNER);
  const variables = { PK: list('PK'), KEK: list('KEK'), db: list('db'), dbx: Buffer.alloc(0) };
  const entry = { type: GUID.EFI_CERT_X509, owner: OWNER, data: db.der };
  const expected = pcr7(variables, [entry]);
  assert.ok(expectedPcr7({ kind: 'keys' }, keys, started).equals(expected));
  const value = Buffer.alloc(32, 1);
  assert.equal(expectedPcr7({ kind: 'value', value }, keys, started), value);

  const stranger = makeTestKey('stranger');
  const foreign = signedBy(stranger.certificate, stranger.privateKey, 'loader');
  const ask = (files: Partial<typeof started>) => () =>
    expectedPcr7({ kind: 'keys' }, keys, { ...started, ...files });
  refused(ask({ loader: foreign }), 'SEAL_UNTRUSTED', /would not start the boot loader: no cert/);
  refused(ask({ uki: foreign }), 'SEAL_UNTRUSTED', /not start the unified kernel image: no cert/);
});

test('a recovery key is written once, for its owner alone', (t) => {
  const file = join(scratchDirectory(t), 'recovery.key');
  requireNewFile(undefined);
  requireNewFile(file);
  writeRecoveryKey(file, 'cbdefghi');
  assert.equal(fs.readFileSync(file, 'utf8'), 'cbdefghi\n');
  assert.equal(fs.statSync(file).mode & 0o777, 0o600);
  refused(
    () => {
      requireNewFile(file);
    },
    'USAGE',
    /exists/,
  );
});

test('an encrypted disk has room for the header in front of the file system', () => {
  const ask = (size: number, header: number) =>
    layOutInstallation({
      ...{ size, header, espSize: undefined, fileSystem: 'ext4' as const },
      ...{ espBytes: 0, needs: { blocks: 1000, inodes: 100 } },
    });
  let smallest = 0;
  try {
    ask(0, 0);
  } catch (error) {
    assert.ok(error instanceof RootsealError);
    smallest = Number(error.details['needed']);
  }
  assert.ok(smallest > 0);
  ask(smallest, 0);
  refused(() => ask(smallest, 16 * MEBIBYTE), 'NO_SPACE', /at least/);
  ask(smallest + 16 * MEBIBYTE, 16 * MEBIBYTE);
});
