import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CommitId } from '../../../../src/formats/commit/commit.js';
import { derivedUuid, derivedVolumeId } from '../../../../src/formats/gpt/identifiers.js';

const COMMIT = 'ab'.repeat(32) as CommitId;
const PURPOSES = ['disk', 'esp', 'root', 'ext4', 'ext4-hash-seed'] as const;

test('identifiers are UUIDs of version 8, another for every purpose', () => {
  const uuids = PURPOSES.map((purpose) => derivedUuid(COMMIT, purpose));
  assert.equal(new Set(uuids).size, PURPOSES.length);
  for (const uuid of uuids)
    assert.match(uuid, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('identifiers stay the same from version to version of this program', () => {
  // printf 'rootseal disk v1\nroot\nabab…\n' | sha256sum, with version and variant set
  assert.equal(derivedUuid(COMMIT, 'root'), '5d990cd0-8d5f-85e5-9bab-399e81523ef2');
  assert.equal(derivedVolumeId(COMMIT), 'a2e1250b');
});
