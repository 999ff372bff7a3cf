/**
 * Which files of an image say whom it trusts, as the boot program finds them (docs/formats/policy.md, "Where"): for whoever reads
 * them from a commit or from a directory.
 */
import { isTrustName, POLICY_FILE, TRUST_DIRECTORIES } from '../release/trust.js';
import { ascii, toDisplay, toText, type ByteString } from '../util/bytes.js';
import { RootsealError } from '../util/errors.js';

/** All names in a directory of the image; none when it is absent. Throws when something else is in its place. */
export type ListNames = (directory: string) => readonly ByteString[];

/** The first policy counts, whatever it is: a looser one must not take the place of one that cannot be read. */
export function policyPath(list: ListNames): string | undefined {
  const directory = TRUST_DIRECTORIES.find((one) => list(one).includes(ascii(POLICY_FILE)));
  return directory === undefined ? undefined : `${directory}/${POLICY_FILE}`;
}

/** Verifier keys. @throws {RootsealError} as `countingPaths` */
export function keyPaths(list: ListNames): string[] {
  return countingPaths(list, 'keys.d', '.pub');
}

/** Revocations. @throws {RootsealError} as `countingPaths` */
export function revocationPaths(list: ListNames): string[] {
  return countingPaths(list, 'revoked.d', '');
}

/** @throws {RootsealError} FORMAT_INVALID when a name is not UTF-8: no path can be made of it here, and the boot program reads it */
function countingPaths(list: ListNames, name: string, suffix: string): string[] {
  return TRUST_DIRECTORIES.flatMap((parent) => {
    const directory = `${parent}/${name}`;
    const counting = list(directory).filter((entry) => isTrustName(entry, suffix));
    return counting
      .map((entry) => requireText(entry, directory))
      .sort()
      .map((entry) => `${directory}/${entry}`);
  });
}

function requireText(name: ByteString, directory: string): string {
  const text = toText(name);
  if (text !== undefined) return text;
  const path = `${directory}/${toDisplay(name)}`;
  throw new RootsealError('FORMAT_INVALID', `${path}: the name is not UTF-8`, {
    details: { path },
  });
}
