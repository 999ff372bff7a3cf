/** Installed packages, as the package managers' databases in a tree name them. */
import { FormatError, type FormatPlace } from '../../util/errors.js';

/** Whose database names a package; its order of versions is the package's. */
export type PackageManager = 'dpkg' | 'rpm' | 'apk' | 'pacman';

/** What a package was built from. */
export interface PackageSource {
  readonly name: string;
  /** Undefined where the database does not say. */
  readonly version?: string;
}

/** One installed package. Its texts are printable ASCII without spaces. */
export interface Package {
  readonly manager: PackageManager;
  readonly name: string;
  /** The whole version in the manager's own spelling: `1:2.3-4`; of rpm `EPOCH:VERSION-RELEASE`, without an epoch of 0. */
  readonly version: string;
  readonly architecture: string;
  /** Undefined where the database does not say. */
  readonly source?: PackageSource;
  /** What dpkg calls the package's state when that is not `installed`: `half-configured`, `unpacked`, … */
  readonly state?: string;
}

/** Most packages that one database may have; Debian has some 65,000 to offer. */
export const PACKAGES_MAX = 200_000;

/** Longest name, version and architecture, in characters. */
export const PACKAGE_TEXT_MAX = 255;

/**
 * A name, version or architecture as it may reach a terminal.
 * @throws {FormatError} when it is empty, longer than `PACKAGE_TEXT_MAX`, or has anything but printable ASCII without spaces
 */
export function packageText(text: string, format: string, place: FormatPlace): string {
  if (text.length > PACKAGE_TEXT_MAX)
    throw new FormatError(format, `${text.length} bytes, more than ${PACKAGE_TEXT_MAX}`, place);
  if (!/^[\x21-\x7e]+$/.test(text))
    throw new FormatError(format, 'expected printable ASCII without spaces', place);
  return text;
}

/** @throws {FormatError} when a database has more than `PACKAGES_MAX` packages */
export function requirePackageCount(count: number, format: string): void {
  if (count > PACKAGES_MAX) throw new FormatError(format, `more than ${PACKAGES_MAX} packages`);
}
