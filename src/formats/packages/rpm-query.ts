/** What `rpm --query --all` prints of its database in the form that `RPM_QUERY_FORMAT` asks for. */
import { FormatError } from '../../util/errors.js';
import { packageText, requirePackageCount, type Package, type PackageSource } from './package.js';
import { linesOf } from './stanzas.js';

const FORMAT = 'rpm query';

/** A line for each package, with a space between its fields; `(none)` for what it does not have. */
export const RPM_QUERY_FORMAT = '%{NAME} %{EPOCHNUM} %{VERSION} %{RELEASE} %{ARCH} %{SOURCERPM}\\n';

/**
 * The installed packages, in rpm's order, without the keys that rpm keeps as packages.
 * @throws {FormatError} when a line is not what was asked for: a database may hold any text
 */
export function parseRpmQuery(bytes: Uint8Array): Package[] {
  const packages: Package[] = [];
  for (const { number, text } of linesOf(bytes, FORMAT)) {
    const found = packageOf(text, number);
    if (found.name === 'gpg-pubkey') continue;
    packages.push(found);
    requirePackageCount(packages.length, FORMAT);
  }
  return packages;
}

function packageOf(text: string, line: number): Package {
  const fields = text.split(' ');
  if (fields.length !== 6) throw new FormatError(FORMAT, 'expected six fields', { line });
  const [name = '', epoch = '', version = '', release = '', architecture = '', source = ''] =
    fields.map((field) => packageText(field, FORMAT, { line }));
  if (!/^[0-9]{1,10}$/.test(epoch))
    throw new FormatError(FORMAT, 'expected a number', { line, field: 'EPOCHNUM' });
  return {
    manager: 'rpm',
    name,
    version: `${Number(epoch) === 0 ? '' : `${epoch}:`}${version}-${release}`,
    architecture: architecture === '(none)' ? 'noarch' : architecture,
    ...sourceOf(source),
  };
}

/** `NAME-VERSION-RELEASE.src.rpm`, or `.nosrc.rpm`. */
function sourceOf(file: string): { readonly source?: PackageSource } {
  const parts = /^(.+)-([^-]+-[^-]+)\.(?:no)?src\.rpm$/.exec(file);
  if (parts?.[1] === undefined || parts[2] === undefined) return {};
  return { source: { name: parts[1], version: parts[2] } };
}
