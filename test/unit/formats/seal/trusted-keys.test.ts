import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KeyId, VerifierKey } from '../../../../src/formats/seal/key.js';
import {
  KEYRING_MAX,
  makeKeyring,
  mergeRevocations,
  REVOKED_IMAGES_MAX,
  REVOKED_KEYS_MAX,
  REVOKED_NAMED_KEYS_MAX,
} from '../../../../src/formats/seal/trusted-keys.js';
import { FormatError } from '../../../../src/util/errors.js';

const many = (count: number, prefix: string) =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

function verifierKeys(count: number): VerifierKey[] {
  return many(count, 'k').map((name) => ({
    name,
    keyId: '00000000' as KeyId,
    publicKey: new Uint8Array(32),
  }));
}

function merged(images: readonly string[], keyIds: readonly string[], keys: readonly string[]) {
  const half = {
    images: new Set(images),
    keyIds: new Set(keyIds as KeyId[]),
    keys: new Set(keys),
  };
  return mergeRevocations([half, half]);
}

test('as many keys as the boot program holds are taken, each counted once, and one more is refused', () => {
  const most = verifierKeys(KEYRING_MAX);
  assert.equal(makeKeyring([...most, ...most]).size, KEYRING_MAX);
  assert.throws(() => makeKeyring(verifierKeys(KEYRING_MAX + 1)), FormatError);
});

test('as many revocations as the boot program holds are taken, and one more is refused', () => {
  const { images, keyIds, keys } = merged(
    many(REVOKED_IMAGES_MAX, 'i'),
    many(REVOKED_KEYS_MAX, 'k'),
    many(REVOKED_NAMED_KEYS_MAX, 'n'),
  );
  const most = [REVOKED_IMAGES_MAX, REVOKED_KEYS_MAX, REVOKED_NAMED_KEYS_MAX];
  assert.deepEqual([images.size, keyIds.size, keys.size], most);
  assert.throws(() => merged(many(REVOKED_IMAGES_MAX + 1, 'i'), [], []), FormatError);
  assert.throws(() => merged([], many(REVOKED_KEYS_MAX + 1, 'k'), []), FormatError);
  assert.throws(() => merged([], [], many(REVOKED_NAMED_KEYS_MAX + 1, 'n')), FormatError);
});
