import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { COMMIT_SIZE_MAX } from '../../../../src/formats/commit/commit.js';
import {
  COMMIT_NAME_MAX,
  FREE_TEXT_MAX,
  VERSION_MAX,
} from '../../../../src/formats/commit/fields.js';
import { SCRYPT_LOG_N_MAX, SCRYPT_LOG_N_MIN } from '../../../../src/formats/seal/encrypted-key.js';
import { KEY_NAME_MAX } from '../../../../src/formats/seal/key.js';
import { SETTINGS_FILE_MAX } from '../../../../src/formats/setting-lines.js';
import { NOTE_SIGNATURES_MAX, NOTE_SIZE_MAX } from '../../../../src/formats/seal/note.js';
import { SEAL_HEADER, SEAL_IMAGES_MAX } from '../../../../src/formats/seal/seal-text.js';
import {
  KEYRING_MAX,
  REVOKED_IMAGES_MAX,
  REVOKED_KEYS_MAX,
  REVOKED_NAMED_KEYS_MAX,
} from '../../../../src/formats/seal/trusted-keys.js';
import { JSON_DEPTH_MAX } from '../../../../src/util/canonical-json.js';

const FOLDER = join(import.meta.dirname, '../../../../../docs/formats');
const grouped = (value: number) => value.toLocaleString('en-US');

const QUOTED: Readonly<Record<string, readonly string[]>> = {
  'commit.md': [
    `1 MiB (${grouped(COMMIT_SIZE_MAX)} bytes)`,
    `at most ${JSON_DEPTH_MAX} levels`,
    `**name**: 1 to ${COMMIT_NAME_MAX} characters`,
    `**version**: 1 to ${VERSION_MAX} printable`,
    `**text**: at most ${FREE_TEXT_MAX} UTF-16 units`,
  ],
  'seal.md': [
    `At most ${grouped(NOTE_SIZE_MAX)} bytes`,
    `1 to ${NOTE_SIGNATURES_MAX} signature lines`,
    `Key name: 1 to ${KEY_NAME_MAX} bytes`,
    `    ${SEAL_HEADER}\n`,
    `stands 1 to ${SEAL_IMAGES_MAX} times`,
    `from ${SCRYPT_LOG_N_MIN} to ${SCRYPT_LOG_N_MAX}`,
  ],
  'policy.md': [
    `At most ${grouped(SETTINGS_FILE_MAX)} bytes`,
    `decimal from 1 to ${NOTE_SIGNATURES_MAX}`,
    `More than ${grouped(KEYRING_MAX)} different keys`,
    `More than ${grouped(REVOKED_IMAGES_MAX)} different images, or more than ${grouped(REVOKED_KEYS_MAX)} different key ids`,
    `more than ${grouped(REVOKED_NAMED_KEYS_MAX)}\ndifferent keys by name and id`,
  ],
};

/** Where the formatter wraps is not what is tested. */
function onOneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}

for (const [file, quotes] of Object.entries(QUOTED)) {
  test(`the limits in docs/formats/${file} are those of the program`, () => {
    const text = onOneLine(readFileSync(join(FOLDER, file), 'utf8'));
    for (const quote of quotes) assert.ok(text.includes(onOneLine(quote)), quote);
  });
}
