/** Looks at the machine that runs this, and changes nothing on it. */
import fs from 'node:fs';
import os from 'node:os';
import { findProgram } from '../../disk/tools.js';
import { describeFileSystem, isVerityUnsupported, measureVerity } from '../../linux/verity.js';
import { hasErrno, RootsealError } from '../../util/errors.js';
import { readLoaderState } from '../boot-loader/variables.js';
import { findEsp } from '../host/esp-mount.js';
import type { Facts, TestPackage } from './facts.js';
import { cryptenrollVersion } from '../install/encryption/support.js';
import {
  presenceOfFileSystem,
  presenceOfLoop,
  presenceOfModule,
  tryErofsFile,
  tryOverlay,
} from './look-kernel.js';
import { PROGRAMS } from './machine-rules.js';

export interface Places {
  /** Where objects are, or would be. */
  readonly place: string;
  /** Where the EFI system partition is said to be mounted. */
  readonly boot: string | undefined;
  /** The list of Debian packages of a checkout's tests (test/setup/debian-packages.mjs). */
  readonly testPackages: string;
}

/** @throws what reading `place` fails with */
export async function lookAtMachine({ place, boot, testPackages }: Places): Promise<Facts> {
  const kernel = os.release();
  const isRoot = process.geteuid?.() === 0;
  const erofs = presenceOfFileSystem('erofs', kernel);
  const overlay = presenceOfFileSystem('overlay', kernel);
  return {
    kernel,
    isRoot,
    erofs,
    overlay,
    vfat: presenceOfFileSystem('vfat', kernel),
    loop: presenceOfLoop(kernel),
    dmCrypt: presenceOfModule('dm_crypt', kernel),
    ...tryOverlay(overlay, isRoot),
    erofsFile: tryErofsFile(erofs, isRoot, os.tmpdir()),
    ...lookAtPlace(place),
    ...lookAtFirmware(),
    esp: boot === undefined ? espOrNone() : fs.existsSync(boot) ? boot : undefined,
    systemd: fs.existsSync('/run/systemd/system'),
    node: process.versions.node,
    cryptenroll: await cryptenrollVersion(),
    missingPrograms: new Set(PROGRAMS.filter((name) => findProgram(name) === undefined)),
    testPackages: await readTestPackages(testPackages, isRoot),
  };
}

/** A directory is asked as a file would be: the kernel answers that it is not sealed, or that it knows no fs-verity there. */
function lookAtPlace(place: string): Pick<Facts, 'place' | 'fileSystem' | 'verity' | 'free'> {
  const { bavail, bsize } = fs.statfsSync(place);
  const fd = fs.openSync(place, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
  try {
    const fileSystem = describeFileSystem(fd);
    return { place, fileSystem, verity: doesVerity(fd), free: bavail * bsize };
  } finally {
    fs.closeSync(fd);
  }
}

function doesVerity(fd: number): boolean {
  try {
    measureVerity(fd);
    return true;
  } catch (error) {
    if (isVerityUnsupported(error)) return false;
    throw error;
  }
}

function lookAtFirmware(): Pick<Facts, 'uefi' | 'secureBoot' | 'tpm'> {
  const version = '/sys/class/tpm/tpm0/tpm_version_major';
  return {
    uefi: fs.existsSync('/sys/firmware/efi'),
    secureBoot: readLoaderState().secureBoot,
    tpm: fs.existsSync(version) ? Number(fs.readFileSync(version, 'utf8')) : undefined,
  };
}

function espOrNone(): string | undefined {
  try {
    return findEsp();
  } catch (error) {
    if (error instanceof RootsealError && error.code === 'PATH_NOT_FOUND') return undefined;
    throw error;
  }
}

interface ListedPackage {
  readonly package: string;
  readonly present: string;
  readonly lost: string;
  /** Root does not need it. */
  readonly forUsers?: boolean;
}

/** One line for each package; what it lacks first when it stands for several programs. */
async function readTestPackages(list: string, isRoot: boolean): Promise<TestPackage[] | undefined> {
  try {
    fs.accessSync(list);
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
  const { debianPackages } = (await import(list)) as { debianPackages: readonly ListedPackage[] };
  const packages = new Map<string, TestPackage>();
  for (const { package: name, present, lost, forUsers = false } of debianPackages) {
    if (isRoot && forUsers) continue;
    const isInstalled = present.startsWith('/')
      ? fs.existsSync(present)
      : findProgram(present) !== undefined;
    const before = packages.get(name);
    if (before === undefined || (before.isInstalled && !isInstalled))
      packages.set(name, { package: name, lost, isInstalled });
  }
  return [...packages.values()];
}
