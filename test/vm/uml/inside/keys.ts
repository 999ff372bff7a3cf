/** A key for tests: who seals, and an initramfs that believes it. */
import fs from 'node:fs';
import { join } from 'node:path';
import {
  printSignerKey,
  printVerifierKey,
  signerKeyFromSeed,
} from '../../../../src/formats/seal/key.js';
import { POLICY } from '../../../helpers/boot-physical.js';

const KEY = signerKeyFromSeed('test.example.org', Buffer.alloc(32, 9));

/** Policy and key of an initramfs, by path. */
export const KEY_FILES = {
  [POLICY]: '[verify]\nmode=seal\n',
  'etc/rootseal/keys.d/test.pub': `${printVerifierKey(KEY)}\n`,
};

/** Writes the private key into a directory; returns the file. */
export function writeKey(directory: string): string {
  const file = join(directory, 'test.key');
  fs.writeFileSync(file, `${printSignerKey(KEY)}\n`, { mode: 0o600 });
  return file;
}
