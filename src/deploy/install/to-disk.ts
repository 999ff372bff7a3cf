/** Installs a commit to a whole disk: partition table, file systems, and then as to any mounted file systems. */
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ext4Size, type DiskLayout } from '../../disk/disk-layout.js';
import { sfdiskScript } from '../../disk/partition-table.js';
import { requireTools, runTool } from '../../disk/tools.js';
import { ROOT_TYPES } from '../../formats/gpt/identifiers.js';
import {
  createMount,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOSUID,
  moveMount,
  unmount,
} from '../../linux/mount-api.js';
import { ascii, fromText } from '../../util/bytes.js';
import { RootsealError } from '../../util/errors.js';
import type { BlockDevice } from './block-device.js';
import { UndoSteps } from './undo-steps.js';
import { requireDisk, type DiskRequest } from './disk.js';
import { prepareImage, type InstallImage } from './installable.js';
import { requireKernel } from './kernel-support.js';
import { layOutInstallation, type FileSystem } from './partitions.js';
import { requireTarget } from './target.js';
import { installImage, type InstallReport, type InstallRequest } from './to-filesystem.js';

export interface DiskInstallRequest extends InstallRequest, DiskRequest {
  readonly fileSystem: FileSystem;
  /** Bytes. */
  readonly espSize: number | undefined;
}

export interface DiskInstallReport extends InstallReport {
  /** Bytes. */
  readonly size: number;
  readonly fileSystem: FileSystem;
  readonly partitions: readonly {
    readonly name: string;
    readonly uuid: string;
    readonly start: number;
    readonly size: number;
  }[];
}

/**
 * Everything that can be checked is checked before anything is changed. The process has a mount namespace of its own, so that
 * nothing stays mounted whatever ends it.
 * @throws {RootsealError} as `requireDisk` and `prepareImage`; UNSUPPORTED without fs-verity or a program; NO_SPACE
 */
export async function installToDisk(request: DiskInstallRequest): Promise<DiskInstallReport> {
  const { source, fileSystem, espSize } = request;
  const disk = await requireDisk(request);
  const { origin, force, uki, certificates } = request;
  const image = await prepareImage(source, request.revision, {
    origin: origin?.branch,
    given: request.arguments,
    force,
    uki,
    certificates,
  });
  const { espBytes, needs } = image;
  const layout = layOutInstallation({ size: disk.size, espSize, fileSystem, espBytes, needs });
  requireTools(['sfdisk', 'blkid', 'mkfs.vfat', fileSystem === 'ext4' ? 'mke2fs' : 'mkfs.btrfs']);
  requireKernel(fileSystem);
  const uuids = { disk: randomUUID(), esp: randomUUID(), root: randomUUID() };
  const report = await UndoSteps.around(request.warn, async (undo) => {
    const device = disk.open(undo);
    await partition(device, { layout, rootType: ROOT_TYPES[image.architecture], uuids });
    request.say(`made an ESP and a root partition on ${request.target}`);
    const esp = await device.partition(1);
    const root = await device.partition(2);
    await makeFileSystems({ esp, root }, fileSystem, ext4Size(layout.root.size, needs).inodes);
    request.say(`made the file systems: FAT and ${fileSystem}`);
    return install({ esp, root, uuid: uuids.root }, image, { request, undo });
  });
  const { esp, root } = layout;
  return {
    ...report,
    size: layout.size,
    fileSystem,
    partitions: [
      { name: 'esp', uuid: uuids.esp, ...esp },
      { name: 'root', uuid: uuids.root, ...root },
    ],
  };
}

async function partition(
  device: BlockDevice,
  table: {
    readonly layout: DiskLayout;
    readonly rootType: string;
    readonly uuids: { readonly disk: string; readonly esp: string; readonly root: string };
  },
): Promise<void> {
  const options = ['--quiet', '--wipe', 'always', '--wipe-partitions', 'always'];
  await runTool('sfdisk', [...options, device.path], {
    input: Buffer.from(sfdiskScript(table, device.sectorSize)),
    discardOutput: true,
  });
}

interface Partitions {
  readonly esp: BlockDevice;
  readonly root: BlockDevice;
}

async function makeFileSystems(
  { esp, root }: Partitions,
  fileSystem: FileSystem,
  inodes: number,
): Promise<void> {
  const quiet = { discardOutput: true };
  await runTool('mkfs.vfat', ['-F', '32', '-n', 'ESP', esp.path], quiet);
  if (fileSystem === 'btrfs') {
    await runTool('mkfs.btrfs', ['--quiet', '--force', root.path], quiet);
    return;
  }
  const options = ['-q', '-F', '-t', 'ext4', '-O', 'verity', '-b', '4096', '-N', String(inodes)];
  await runTool('mke2fs', [...options, root.path], quiet);
}

async function install(
  { esp, root, uuid }: Partitions & { readonly uuid: string },
  image: InstallImage,
  { request, undo }: { readonly request: DiskInstallRequest; readonly undo: UndoSteps },
): Promise<InstallReport> {
  const directory = fs.realpathSync(fs.mkdtempSync(path.join(tmpdir(), 'rootseal-install-')));
  undo.add(() => {
    fs.rmdirSync(directory);
  });
  mount(root, request.fileSystem, directory, undo);
  const boot = `${directory}/boot`;
  fs.mkdirSync(boot, { mode: 0o755 });
  mount(esp, 'vfat', boot, undo);
  const { algorithm } = request.source;
  const target = await requireTarget(directory, { boot, wipe: false, algorithm });
  if (target.root !== `root=PARTUUID=${uuid}`)
    throw new RootsealError('FAILED', `partition ${root.path} has not the UUID that it was given`);
  return installImage(target, image, request);
}

function mount(device: BlockDevice, type: string, place: string, undo: UndoSteps): void {
  const fd = createMount({
    type,
    options: [['source', ascii(device.path)]],
    attributes: MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
  });
  try {
    moveMount(fd, fromText(place));
  } finally {
    fs.closeSync(fd);
  }
  undo.add(() => {
    unmount(fromText(place));
  });
}
