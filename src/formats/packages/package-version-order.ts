/** The order of versions of each package manager. */
import { compareApkVersions } from './apk-version.js';
import { compareDebVersions } from './deb-version.js';
import type { PackageManager } from './package.js';
import { comparePacmanVersions } from './pacman-version.js';
import { compareRpmVersions } from './rpm-version.js';

/** Negative when `a` is older than `b`, positive when it is newer, 0 when the manager takes them for the same. */
export type VersionOrder = (a: string, b: string) => number;

/** Each order takes any text, also what its manager would refuse. */
export const VERSION_ORDERS: Readonly<Record<PackageManager, VersionOrder>> = {
  dpkg: compareDebVersions,
  rpm: compareRpmVersions,
  apk: compareApkVersions,
  pacman: comparePacmanVersions,
};
