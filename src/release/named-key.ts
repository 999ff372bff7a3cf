/** The verifier key that somebody names when he signs: among known keys by its name, or by its file. */
import type { VerifierKey } from '../formats/seal/key.js';
import { SETTINGS_FILE_MAX } from '../formats/setting-lines.js';
import { parseVerifierKeys, type Keyring } from '../formats/seal/trusted-keys.js';
import { RootsealError } from '../util/errors.js';
import { parseNamedFile, readNamedFile } from './named-file.js';

/**
 * @param text `NAME` or `NAME+ID` of a known key, else a file that ends in `.pub` and holds one key
 * @throws {RootsealError} USAGE when it names no key, or several; PATH_NOT_FOUND, FORMAT_INVALID for a file
 */
export function verifierNamed(text: string, known: Keyring): VerifierKey {
  const found = [...known.values()].filter(
    ({ name, keyId }) => text === name || text === `${name}+${keyId}`,
  );
  const [key, ...others] = found;
  if (key !== undefined && others.length === 0) return key;
  if (key !== undefined) throw namedTwice(text, found);
  if (text.endsWith('.pub')) return keyOfFile(text);
  throw new RootsealError('USAGE', `no verifier key is called ${JSON.stringify(text)}`, {
    hint: 'name a *.pub file, or the directory that has it with --keys DIR',
  });
}

function namedTwice(text: string, found: readonly VerifierKey[]): RootsealError {
  const names = found.map(({ name, keyId }) => `${name}+${keyId}`).sort();
  return new RootsealError('USAGE', `${found.length} keys are called ${JSON.stringify(text)}`, {
    hint: `name one with its id: ${names.join(', ')}`,
  });
}

function keyOfFile(file: string): VerifierKey {
  const keys = parseNamedFile(file, () =>
    parseVerifierKeys(readNamedFile(file, SETTINGS_FILE_MAX)),
  );
  const [key, ...others] = keys;
  if (key !== undefined && others.length === 0) return key;
  throw new RootsealError('FORMAT_INVALID', `${file} holds ${keys.length} keys, expected one`, {
    details: { path: file },
  });
}
