/**
 * What lies on an ESP for stubs of unified kernel images to hand to what they start: addons, credentials, extensions (systemd-stub(7),
 * "Companion files"). Only addons need a signature. An image with a trust manifest is started without anything of it.
 */
import fs from 'node:fs';
import { describeError, hasErrno } from '../../util/errors.js';

/** For all images. */
const COMMON = ['loader/addons', 'loader/credentials', 'loader/extensions'];
/** Where images are, ours and others; of an image `x+3.efi` with a counter, the directory is `x.efi.extra.d`. */
const IMAGES = ['EFI/Linux'];
const OWN_IMAGES = 'rootseal';
const EXTRAS = /\.efi\.extra\.d$/i;
/** More names than an ESP has. */
const NAMES_MAX = 1000;

export interface EspExtras {
  /** Relative to the root of the ESP, in order. */
  readonly paths: readonly string[];
  /** What could not be read, one sentence each. */
  readonly problems: readonly string[];
}

/** @param boot root directory of the ESP */
export function readEspExtras(boot: string): EspExtras {
  const problems: string[] = [];
  const below = (directory: string): string[] => {
    try {
      const names = fs.readdirSync(`${boot}/${directory}`).sort().slice(0, NAMES_MAX);
      return names.map((name) => `${directory}/${name}`);
    } catch (error) {
      // A file has nothing beside it; what is not there, neither.
      if (!hasErrno(error, 'ENOENT') && !hasErrno(error, 'ENOTDIR'))
        problems.push(describeError(error));
      return [];
    }
  };
  const images = [...IMAGES, ...below(OWN_IMAGES)].flatMap(below);
  const directories = [...COMMON, ...images.filter((path) => EXTRAS.test(path))];
  return { paths: directories.flatMap(below), problems };
}
