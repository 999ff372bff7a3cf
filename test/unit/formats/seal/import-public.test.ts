import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { importPublicKey } from '../../../../src/formats/seal/import-public.js';
import { signerKeyFromSeed, verifierOf } from '../../../../src/formats/seal/key.js';
import { sshString } from '../../../../src/formats/ssh-wire.js';
import { FormatError } from '../../../../src/util/errors.js';

const KEY = verifierOf(signerKeyFromSeed('k', Buffer.alloc(32, 0x2a)));
const PUBLIC = Buffer.from(KEY.publicKey);
const DER = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), PUBLIC]);
const PEM = createPublicKey({ key: DER, format: 'der', type: 'spki' })
  .export({ format: 'pem', type: 'spki' })
  .toString();
const ssh = (type: string, ...parts: Buffer[]) =>
  `${type} ${Buffer.concat([sshString(type), ...parts.map(sshString)]).toString('base64')} me@host\n`;
const signify = (head: string) =>
  `untrusted comment: signify public key\n${Buffer.concat([Buffer.from(head), PUBLIC]).toString('base64')}\n`;

for (const [what, bytes] of [
  ['PEM', PEM],
  ['DER', DER],
  ['OpenSSH', ssh('ssh-ed25519', PUBLIC)],
  ['signify', signify('Ed12345678')],
] as const)
  test(`a public key of ${what} is a verifier key`, () => {
    assert.deepEqual(importPublicKey(Buffer.from(bytes), 'k'), KEY);
  });

const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 });
for (const [what, text] of [
  ['an RSA key in PEM', rsa.publicKey.export({ format: 'pem', type: 'spki' }).toString()],
  ['an RSA key of OpenSSH', ssh('ssh-rsa', Buffer.of(1), Buffer.alloc(128, 1))],
  ['a key in a security token', ssh('sk-ssh-ed25519@openssh.com', PUBLIC, Buffer.from('ssh:'))],
  ['an OpenSSH key of 31 bytes', ssh('ssh-ed25519', PUBLIC.subarray(1))],
  ['two OpenSSH keys', ssh('ssh-ed25519', PUBLIC).repeat(2)],
  ['a key that lies about its type', ssh('ssh-ed25519', PUBLIC).replace('AAAAC3', 'AAAAC2')],
  ['another algorithm in the form of signify', signify('Xx12345678')],
  ['a damaged PEM', PEM.replace('MCow', 'MCox')],
  ['a key of small order', ssh('ssh-ed25519', Buffer.concat([Buffer.of(1), Buffer.alloc(31)]))],
] as const)
  test(`${what} is refused`, () => {
    assert.throws(() => importPublicKey(Buffer.from(text), 'k'), FormatError);
  });

test('what is no public key is left to others', () => {
  for (const bytes of [Buffer.alloc(32, 7), Buffer.from('42'.repeat(32)), Buffer.alloc(0)])
    assert.equal(importPublicKey(bytes, 'k'), undefined);
});
