/** dpkg's database of installed packages (dpkg 1.22; deb822(5), deb-control(5)): `status`, and `status.d` of distroless images. */
import { FormatError } from '../../util/errors.js';
import type { Steps } from '../../util/steps.js';
import { packageText, requirePackageCount, type Package, type PackageSource } from './package.js';
import { parseStanzas, type Stanza } from './stanzas.js';

const FORMAT = 'dpkg status';

/** Longest status file, in bytes; that of a desktop with 3,000 packages has some 5 MB. */
export const DPKG_STATUS_MAX = 64 * 1024 * 1024;

const WANTED = new Set(['package', 'status', 'architecture', 'version', 'source']);

/** States of a package of which no file is there any more. */
const ABSENT = new Set(['not-installed', 'config-files']);

/**
 * The packages of which files are installed, in the order of the file. A paragraph without `Status`, as in `status.d`, is of an
 * installed package. A pause may be made after each thousand lines.
 *
 * @throws {FormatError} when the file is not what dpkg writes, or longer than `DPKG_STATUS_MAX`
 */
export function* parseDpkgStatus(bytes: Uint8Array): Steps<Package[]> {
  if (bytes.length > DPKG_STATUS_MAX)
    throw new FormatError(FORMAT, `${bytes.length} bytes, more than ${DPKG_STATUS_MAX}`);
  const packages: Package[] = [];
  for (const stanza of parseStanzas(bytes, WANTED, FORMAT)) {
    if (stanza === undefined) {
      yield;
      continue;
    }
    const found = packageOf(stanza);
    if (found === undefined) continue;
    packages.push(found);
    requirePackageCount(packages.length, FORMAT);
  }
  return packages;
}

function packageOf(stanza: Stanza): Package | undefined {
  const name = required(stanza, 'package');
  const state = stateOf(stanza);
  if (ABSENT.has(state)) return undefined;
  const version = required(stanza, 'version');
  return {
    manager: 'dpkg',
    name,
    version,
    architecture: required(stanza, 'architecture'),
    source: sourceOf(stanza, { name, version }),
    ...(state === 'installed' ? {} : { state }),
  };
}

function required(stanza: Stanza, field: string): string {
  const found = stanza.fields.get(field);
  if (found === undefined)
    throw new FormatError(FORMAT, 'the field is missing', { line: stanza.line, field });
  return packageText(found.value, FORMAT, { line: found.line, field });
}

/** The third word of `Status: WANT FLAG STATE`. */
function stateOf({ fields }: Stanza): string {
  const status = fields.get('status');
  if (status === undefined) return 'installed';
  const words = /^[a-z]+ [a-z]+ ([a-z-]{1,40})$/.exec(status.value);
  if (words?.[1] !== undefined) return words[1];
  throw new FormatError(FORMAT, 'expected three words', { line: status.line, field: 'status' });
}

/** `Source: NAME` or `Source: NAME (VERSION)`; absent when both are those of the package. */
function sourceOf({ fields }: Stanza, own: Required<PackageSource>): PackageSource {
  const source = fields.get('source');
  if (source === undefined) return own;
  const place = { line: source.line, field: 'source' };
  const parts = /^(\S+)(?:\s+\(([^()\s]+)\))?$/.exec(source.value);
  if (parts?.[1] === undefined)
    throw new FormatError(FORMAT, 'expected NAME or NAME (VERSION)', place);
  return {
    name: packageText(parts[1], FORMAT, place),
    version: packageText(parts[2] ?? own.version, FORMAT, place),
  };
}
