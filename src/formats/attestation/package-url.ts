/**
 * Package URLs: one name for a package that tools of all kinds compare by (ECMA-427; types deb, rpm, apk and alpm of its registry;
 * docs/formats/attestations.md, "Package URLs").
 */
import type { OsRelease } from '../os-release.js';
import type { Package, PackageManager } from '../packages/package.js';

const TYPES: Readonly<Record<PackageManager, string>> = {
  dpkg: 'deb',
  rpm: 'rpm',
  apk: 'apk',
  pacman: 'alpm',
};

/** `pkg:deb/debian/libc6@2.41-12?arch=amd64&distro=debian-13` */
export function packageUrl(
  { manager, name, version, architecture }: Package,
  os: OsRelease | undefined,
): string {
  const epoch = manager === 'rpm' ? /^([0-9]+):(.*)$/.exec(version) : null;
  const qualifiers: Readonly<Record<string, string | undefined>> = {
    arch: architecture,
    distro: os === undefined ? undefined : distroOf(os),
    epoch: epoch?.[1],
  };
  const query = Object.entries(qualifiers)
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([key, value]) => `${key}=${encode(value ?? '')}`)
    .join('&');
  const place = [TYPES[manager], ...(os === undefined ? [] : [os.id.toLowerCase()]), name];
  return `pkg:${place.map(encode).join('/')}@${encode(epoch?.[2] ?? version)}?${query}`;
}

/** `debian-13`; of a distribution without versions, its id alone. */
function distroOf({ id, versionId }: OsRelease): string {
  return versionId === undefined ? id : `${id}-${versionId}`;
}

/** ECMA-427, "Character encoding": all but letters, digits, `.`, `-`, `_`, `~` and the colon. */
function encode(text: string): string {
  return encodeURIComponent(text)
    .replaceAll('%3A', ':')
    .replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** A package, by the name that it has for all tools. */
export interface NamedPackage extends Package {
  readonly url: string;
}

/** Packages with their names, each name once, in the order of the names' bytes. */
export function namePackages(
  packages: readonly Package[],
  os: OsRelease | undefined,
): readonly NamedPackage[] {
  const named = new Map<string, NamedPackage>();
  for (const one of packages) {
    const url = packageUrl(one, os);
    named.set(url, { ...one, url });
  }
  return [...named.keys()].sort().flatMap((url) => named.get(url) ?? []);
}
