import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { importSignerKey } from '../../../../src/formats/seal/import.js';
import { signerKeyFromSeed } from '../../../../src/formats/seal/key.js';
import { FormatError } from '../../../../src/util/errors.js';

const SEED = Buffer.alloc(32, 0x2a);
const expected = signerKeyFromSeed('k', SEED);
const importText = (text: string) => importSignerKey(Buffer.from(text, 'latin1'), 'k');
const pkcs8 = createPrivateKey({
  key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), SEED]),
  format: 'der',
  type: 'pkcs8',
});

function armour(label: string, body: Buffer): string {
  const lines = body.toString('base64').replace(/.{70}/g, '$&\n');
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}

const uint32 = (value: number) => Buffer.from(value.toString(16).padStart(8, '0'), 'hex');
const string = (bytes: Uint8Array | string) =>
  Buffer.concat([uint32(Buffer.from(bytes).length), Buffer.from(bytes)]);

/** An unencrypted key file as ssh-keygen writes it, with parts replaceable. */
function openSsh(changes: Partial<Record<string, Buffer>> = {}): Buffer {
  const pub = Buffer.from(expected.publicKey);
  const secret = {
    check1: uint32(99),
    check2: uint32(99),
    type: string('ssh-ed25519'),
    pub: string(pub),
    pair: string(Buffer.concat([SEED, pub])),
    comment: string('me@host'),
    padding: Buffer.from([1, 2, 3, 4]),
  };
  const body = Buffer.concat(Object.entries(secret).map(([k, v]) => changes[k] ?? v));
  const outer = {
    magic: Buffer.from('openssh-key-v1\0'),
    cipher: string('none'),
    kdf: string('none'),
    kdfOptions: string(''),
    count: uint32(1),
    publicBlob: string(Buffer.concat([string('ssh-ed25519'), string(pub)])),
    secret: string(body),
    rest: Buffer.alloc(0),
  };
  return Buffer.concat(Object.entries(outer).map(([k, v]) => changes[k] ?? v));
}

const importSsh = (changes?: Partial<Record<string, Buffer>>) =>
  importText(armour('OPENSSH PRIVATE KEY', openSsh(changes)));

test('a PKCS#8 key gives its seed', () => {
  const pem = pkcs8.export({ format: 'pem', type: 'pkcs8' });
  assert.deepEqual(importText(pem.toString()), expected);
  assert.deepEqual(importText(pem.toString().replaceAll('\n', '\r\n')), expected);
});

test('an OpenSSH key gives its seed', () => {
  assert.deepEqual(importSsh(), expected);
});

test('raw seeds in hex, base64 and bytes give themselves', () => {
  const pair = Buffer.concat([SEED, expected.publicKey]);
  assert.deepEqual(importSignerKey(SEED, 'k'), expected);
  for (const text of [
    SEED.toString('hex'),
    SEED.toString('hex').toUpperCase(),
    `${SEED.toString('base64')}\n`,
    pair.toString('base64'),
  ])
    assert.deepEqual(importText(text), expected, text);
});

test('encrypted keys are refused with the way out', () => {
  const encrypted = pkcs8.export({
    format: 'pem',
    type: 'pkcs8',
    cipher: 'aes-256-cbc',
    passphrase: 'x',
  });
  assert.throws(() => importText(encrypted.toString()), /remove its passphrase/);
  assert.throws(() => importSsh({ cipher: string('aes256-ctr') }), /remove its passphrase/);
});

test('keys of other algorithms and damaged keys are refused', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = pkcs8.export({ format: 'pem', type: 'pkcs8' }).toString();
  const wrongPair = Buffer.concat([SEED, Buffer.alloc(32)]);
  for (const text of [
    privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    pem.replace('END', 'EN'),
    armour('PRIVATE KEY', Buffer.alloc(48)),
    wrongPair.toString('base64'),
    'x',
    '',
    'x'.repeat(70000),
    '-----BEGIN OPENSSH PRIVATE KEY-----',
  ])
    assert.throws(() => importText(text), FormatError, text.slice(0, 60));
  const changes: Partial<Record<string, Buffer>>[] = [
    { magic: Buffer.from('openssh-key-v2\0') },
    { count: uint32(2) },
    { check2: uint32(98) },
    { type: string('ssh-rsa') },
    { pub: string(Buffer.alloc(32)) },
    { pair: string(wrongPair) },
    { pair: string(SEED) },
    { secret: uint32(0xffffffff) },
    { rest: Buffer.alloc(1) },
  ];
  for (const change of changes)
    assert.throws(() => importSsh(change), FormatError, Object.keys(change)[0]);
});
