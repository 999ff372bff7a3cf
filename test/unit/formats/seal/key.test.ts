import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  isEncryptedSignerKey,
  decryptSignerKey,
  encryptSignerKey,
} from '../../../../src/formats/seal/encrypted-key.js';
import {
  keyNameProblem,
  parseSignerKey,
  parseVerifierKey,
  printSignerKey,
  printVerifierKey,
  signerKeyFromSeed,
  verifierKeyFromPublicKey,
  verifierOf,
} from '../../../../src/formats/seal/key.js';
import { makeKeyring } from '../../../../src/formats/seal/trusted-keys.js';
import { FormatError } from '../../../../src/util/errors.js';

const key = signerKeyFromSeed('release.example.org/\u00e9', Buffer.alloc(32, 7));
const passphrase = Buffer.from('correct horse');
const sealing = { passphrase, salt: Buffer.alloc(16, 1), logN: 10 };

test('keys are read back as written', () => {
  assert.deepEqual(parseSignerKey(printSignerKey(key)), key);
  assert.deepEqual(parseVerifierKey(printVerifierKey(key)), verifierOf(key));
  assert.match(
    printSignerKey(key),
    /^PRIVATE\+KEY\+release\.example\.org\/\u00e9\+[0-9a-f]{8}\+AQ/,
  );
});

test('a signer key whose id, type or length is wrong is refused without showing the key', () => {
  const line = printSignerKey(key);
  const secret = line.slice(line.lastIndexOf('+') + 1);
  for (const wrong of [
    line.replace(key.keyId, '00000000'),
    line.replace('+AQ', '+BA'),
    line.slice(0, -4),
    line.slice('PRIVATE+KEY+'.length),
    line.replace('PRIVATE', 'private'),
    `${line}\n`,
    '',
    `PRIVATE+KEY+${'x'.repeat(1000)}`,
  ])
    assert.throws(
      () => parseSignerKey(wrong),
      (error) => error instanceof FormatError && !error.message.includes(secret.slice(0, 10)),
    );
});

test('key names follow the rules of signed notes', () => {
  for (const name of ['a', 'example.org/x', 'sch\u00f6n', '\u2014', 'x'.repeat(255)])
    assert.equal(keyNameProblem(name), undefined, name);
  for (const name of ['', 'a+b', 'a b', 'a\u3000b', 'a\u0085', 'a\n', '\u0000', 'x'.repeat(256)])
    assert.notEqual(keyNameProblem(name), undefined, JSON.stringify(name));
  assert.notEqual(keyNameProblem('\u00e9'.repeat(128)), undefined);
});

test('seeds and public keys of other lengths are refused', () => {
  assert.throws(() => signerKeyFromSeed('a', Buffer.alloc(31)), FormatError);
  assert.throws(() => signerKeyFromSeed('a b', Buffer.alloc(32)), FormatError);
  assert.throws(() => verifierKeyFromPublicKey('a', Buffer.alloc(33)), FormatError);
});

test('two different keys with one name and id are refused, and one key may be listed twice', () => {
  const first = verifierOf(key);
  const other = verifierOf(signerKeyFromSeed(key.name, Buffer.alloc(32, 8)));
  assert.equal(makeKeyring([first, first, other]).size, 2);
  const colliding = { ...other, keyId: first.keyId };
  assert.throws(() => makeKeyring([first, colliding]), FormatError);
});

test('a key sealed with a passphrase opens with that passphrase only', () => {
  const line = encryptSignerKey(key, sealing);
  assert.ok(isEncryptedSignerKey(line));
  assert.deepEqual(decryptSignerKey(line, passphrase), key);
  assert.throws(() => decryptSignerKey(line, Buffer.from('wrong')), /passphrase is wrong/);
});

test('an encrypted key of which anything was changed does not open', () => {
  const line = encryptSignerKey(key, sealing);
  const last = line.lastIndexOf('+');
  const changes = [
    line.replace('release', 'rebased'),
    line.replace(key.keyId, '00000000'),
    line.replace('scrypt-10', 'scrypt-11'),
    line.replace('scrypt-10', 'scrypt-9'),
    line.replace('scrypt-10', 'scrypt-30'),
    line.replace('scrypt-10', 'scrypt-010'),
    line.replace('scrypt', 'argon2'),
    `${line.slice(0, last + 30)}${line[last + 30] === 'A' ? 'B' : 'A'}${line.slice(last + 31)}`,
    line.slice(0, -4),
    `${line}\n`,
  ];
  for (const changed of changes)
    assert.throws(() => decryptSignerKey(changed, passphrase), FormatError, changed);
});

test('a cost that would take more than 256 MiB is refused on both sides', () => {
  assert.throws(() => encryptSignerKey(key, { ...sealing, logN: 19 }), /cost is 19/);
  assert.throws(() => encryptSignerKey(key, { ...sealing, salt: Buffer.alloc(8) }), /salt/);
});

test('the bytes of an encrypted key do not change between versions of the program', () => {
  const known =
    'ENCRYPTED+PRIVATE+KEY+release.example.org/\u00e9+67131df7+scrypt-10+' +
    'AQEBAQEBAQEBAQEBAQEBAe0LC/stpCbCluYk1BUD30DS/xcQ39g7CoZODzXsuOSfjvB/aUEpR6buLvTqVVDkhw==';
  assert.equal(encryptSignerKey(key, sealing), known);
});
