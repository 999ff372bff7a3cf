/** The mounted root file system and ESP that are to be installed to: whether they may be, and making room on them. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { BlockDevice } from './block-device.js';
import { enableVerity, isVerityUnsupported } from '../../linux/verity.js';
import { removeTree } from '../../linux/remove.js';
import type { HashAlgorithm } from '../../util/digest.js';
import { RootsealError } from '../../util/errors.js';
import { standsFor } from '../../util/temporary-names.js';
import { readEsp, ENTRIES_DIR, KERNELS_DIR } from '../boot-loader/read-esp.js';
import { listMounts, type Mount } from '../host/mount-points.js';
import { SYSTEM_SYSROOT } from '../host/sysroot.js';

/** Where something is installed. */
export interface Target {
  /** Mount point of the root file system. */
  readonly directory: string;
  /** Mount point of the ESP. */
  readonly boot: string;
  /** `root=…`: how the new system finds its root file system. */
  readonly root: string;
}

/** What a root file system may hold that nobody has used yet. */
const HARMLESS = ['lost+found', 'boot'];

/**
 * @param options `algorithm` of the repository that is to be there; `isFoundByType`: the new system finds the root partition by its type,
 *   also where an encrypted device lies between it and the file system
 * @throws {RootsealError} USAGE when something is mounted wrongly or there is something already; UNSUPPORTED without fs-verity
 */
export async function requireTarget(
  directory: string,
  options: {
    readonly boot: string | undefined;
    readonly wipe: boolean;
    readonly algorithm: HashAlgorithm;
    readonly isFoundByType: boolean;
  },
): Promise<Target> {
  const real = fs.realpathSync(directory);
  const boot = options.boot === undefined ? `${real}/boot` : fs.realpathSync(options.boot);
  if (real === '/' || real === SYSTEM_SYSROOT)
    throw new RootsealError('USAGE', `${real} is the running system's root`);
  const mount = requireMounted(real, 'a root file system');
  requireNothingMounted(real, boot);
  if (!options.wipe) requireEmpty(real, path.relative(real, boot).split('/')[0] ?? '');
  await requireVerity(real, options.algorithm);
  requireEsp(boot, options.wipe);
  return { directory: real, boot, root: await rootArgument(mount, options.isFoundByType) };
}

function requireMounted(directory: string, what: string): Mount {
  const mount = listMounts().findLast(({ point }) => point === directory);
  if (mount === undefined)
    throw new RootsealError('USAGE', `${directory} is not a mount point`, {
      hint: `mount ${what} there`,
    });
  if (mount.root === '/') return mount;
  throw new RootsealError(
    'USAGE',
    `only ${mount.root} of its file system is mounted at ${directory}`,
    { hint: 'mount the whole of it: the new system will' },
  );
}

function requireNothingMounted(directory: string, boot: string): void {
  const other = listMounts().find(
    ({ point }) => point.startsWith(`${directory}/`) && point !== boot,
  );
  if (other === undefined) return;
  throw new RootsealError('USAGE', `something is mounted at ${other.point}`, {
    hint: 'unmount it: only the ESP may be mounted below the new root file system',
  });
}

function requireEmpty(directory: string, espParent: string): void {
  const found = fs
    .readdirSync(directory)
    .find((name) => !HARMLESS.includes(name) && name !== espParent);
  if (found === undefined) return;
  throw new RootsealError('USAGE', `${directory} is not empty: it holds ${JSON.stringify(found)}`, {
    hint: '--wipe removes everything there',
  });
}

/**
 * Asks the kernel by enabling it on a file.
 * @throws {RootsealError} UNSUPPORTED
 */
async function requireVerity(directory: string, algorithm: HashAlgorithm): Promise<void> {
  const name = `.rootseal-verity-${randomBytes(6).toString('hex')}`;
  const file = standsFor(`${directory}/${name}`, directory);
  fs.writeFileSync(file, 'fs-verity', { flag: 'wx' });
  const fd = fs.openSync(file, fs.constants.O_RDONLY);
  try {
    await enableVerity(fd, algorithm);
  } catch (error) {
    if (!isVerityUnsupported(error)) throw error;
    const { details, hint } = error;
    throw new RootsealError('UNSUPPORTED', `nothing can be sealed in ${directory}`, {
      cause: error,
      details,
      ...(hint === undefined ? {} : { hint }),
    });
  } finally {
    fs.closeSync(fd);
    fs.rmSync(file);
  }
}

/** What an installation would write over on the ESP. */
const LOADER_FILES = ['EFI/BOOT', 'EFI/systemd', 'loader/loader.conf', KERNELS_DIR];

function requireEsp(boot: string, wipe: boolean): void {
  const { type } = requireMounted(boot, 'an EFI system partition (FAT)');
  if (type !== 'vfat')
    throw new RootsealError(
      'USAGE',
      `${boot} is not an EFI system partition: it is ${type}, not vfat`,
    );
  const own = readEsp(boot).entries.find(({ name }) => name.own !== undefined);
  const files = own === undefined ? LOADER_FILES : [`${ENTRIES_DIR}/${own.name.file}`];
  const found = wipe ? undefined : files.find((file) => fs.existsSync(`${boot}/${file}`));
  if (found === undefined) return;
  throw new RootsealError('USAGE', `the ESP at ${boot} has ${found} already`, {
    hint: '--wipe replaces boot loader and boot entries of rootseal there',
  });
}

async function rootArgument({ source, point }: Mount, isFoundByType: boolean): Promise<string> {
  const device = BlockDevice.at(source);
  const uuid = await (isFoundByType ? device?.underlying() : device)?.partitionUuid();
  if (uuid !== undefined) return `root=PARTUUID=${uuid}`;
  throw new RootsealError(
    'UNSUPPORTED',
    `${point} (${source}) is on no partition with a UUID, by which the new system would find it`,
    { hint: 'put the file system on a partition of a GPT disk' },
  );
}

/** Removes what is there, but not what others have on the ESP. */
export function emptyTarget({ directory, boot }: Target): void {
  for (const name of fs.readdirSync(directory)) {
    if (HARMLESS.includes(name) || boot.startsWith(`${directory}/${name}/`)) continue;
    if (`${directory}/${name}` !== boot) removeTree(`${directory}/${name}`);
  }
  for (const { name } of readEsp(boot).entries)
    if (name.own !== undefined) fs.rmSync(`${boot}/${ENTRIES_DIR}/${name.file}`);
  fs.rmSync(`${boot}/${KERNELS_DIR}`, { recursive: true, force: true });
}
