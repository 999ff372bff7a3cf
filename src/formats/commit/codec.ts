/** Commits from bytes and to bytes. */
import { parseCanonicalJson, printCanonicalJson } from '../../util/canonical-json.js';
import { FormatError } from '../../util/errors.js';
import { checkCommit } from './commit-shape.js';
import { COMMIT_SIZE_MAX, type Commit } from './commit.js';

/**
 * Parses and checks a commit document.
 *
 * @throws {FormatError} naming the field that is wrong
 */
export function parseCommit(bytes: Uint8Array): Commit {
  const value = parseCanonicalJson(bytes, { format: 'commit', maxBytes: COMMIT_SIZE_MAX });
  checkCommit(value);
  return value;
}

/**
 * The bytes of a commit; its id is their hash.
 *
 * @throws {FormatError} naming the field that is wrong
 */
export function encodeCommit(commit: Commit): Uint8Array {
  checkCommit(commit);
  const bytes = Buffer.from(printCanonicalJson(commit, 'commit'), 'utf8');
  if (bytes.length > COMMIT_SIZE_MAX)
    throw new FormatError('commit', `${bytes.length} bytes, more than ${COMMIT_SIZE_MAX}`);
  return bytes;
}
