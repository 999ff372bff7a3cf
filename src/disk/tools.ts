/** The programs of other people that make file systems, and the Debian package each comes in. */
import fs from 'node:fs';
import path from 'node:path';
import { run, type ExecOptions, type ExecResult } from '../linux/exec.js';
import { RootsealError } from '../util/errors.js';

const PACKAGES = {
  blkid: 'util-linux',
  wipefs: 'util-linux',
  'mkfs.btrfs': 'btrfs-progs',
  mke2fs: 'e2fsprogs',
  debugfs: 'e2fsprogs',
  e2fsck: 'e2fsprogs',
  'mkfs.vfat': 'dosfstools',
  mcopy: 'mtools',
  mmd: 'mtools',
  sfdisk: 'fdisk',
  xargs: 'findutils',
  cryptsetup: 'cryptsetup-bin',
  'systemd-cryptenroll': 'systemd-cryptsetup',
} as const;

export type Tool = keyof typeof PACKAGES;

/** Where administrators' programs are: often not in the `PATH` of others. */
const MORE_PLACES = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin'];

/**
 * The absolute path of a program.
 * @throws {RootsealError} UNSUPPORTED, naming the package, when it is not installed
 */
export function findTool(tool: Tool): string {
  const file = findProgram(tool);
  if (file !== undefined) return file;
  throw new RootsealError('UNSUPPORTED', `the program ${tool} is not installed`, {
    details: { program: tool, package: PACKAGES[tool] },
    hint: `install the package ${PACKAGES[tool]}`,
  });
}

/** The absolute path of any program; undefined when it is not installed. */
export function findProgram(name: string): string | undefined {
  const { PATH = '' } = process.env;
  for (const directory of [...PATH.split(':'), ...MORE_PLACES]) {
    if (!directory.startsWith('/')) continue;
    const file = path.join(directory, name);
    if (isExecutable(file)) return file;
  }
  return undefined;
}

/** The Debian package that a program comes in. */
export function packageOf(tool: Tool): string {
  return PACKAGES[tool];
}

function isExecutable(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    // Whatever is wrong with it, it is not the program that is looked for.
    return false;
  }
}

/** What `disk build` runs. */
export const BUILD_TOOLS: readonly Tool[] = [
  'mke2fs',
  'debugfs',
  'e2fsck',
  'mkfs.vfat',
  'mcopy',
  'mmd',
  'sfdisk',
  'xargs',
];

/** What `install` runs besides, on an ext4 disk. */
export const INSTALL_TOOLS: readonly Tool[] = ['sfdisk', 'blkid', 'wipefs', 'mkfs.vfat', 'mke2fs'];

/** What `install --encrypt` runs besides. */
export const ENCRYPT_TOOLS: readonly Tool[] = ['cryptsetup', 'systemd-cryptenroll'];

/** @throws {RootsealError} UNSUPPORTED for the first program that is missing */
export function requireTools(tools: readonly Tool[]): void {
  for (const tool of tools) findTool(tool);
}

/** Runs one of the programs to its end. */
export async function runTool(
  tool: Tool,
  args: readonly string[],
  options: ExecOptions = {},
): Promise<ExecResult> {
  return run(findTool(tool), args, options);
}
