/** Installs a commit to a whole disk: partition table, file systems, and then as to any mounted file systems. */
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ext4Size, type DiskLayout } from '../../disk/disk-layout.js';
import type { SecureBootKeys } from '../../disk/loader-files.js';
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
import {
  encryptPartition,
  LUKS_HEADER_SIZE,
  type TpmPolicy,
} from './encryption/encrypt-partition.js';
import {
  requireNewFile,
  writeRecoveryKey,
  type EncryptionRequest,
} from './encryption/encryption-request.js';
import { expectedPcr7 } from './encryption/expected-pcr7.js';
import { requireEncryption } from './encryption/support.js';
import { requirePcrPublicKey } from './encryption/tpm-policy.js';
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
  /** Whose keys sign the boot loader, and are enrolled by it. */
  readonly secureBoot: SecureBootKeys | undefined;
  /** Undefined: the root file system is not encrypted. */
  readonly encryption: EncryptionRequest | undefined;
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
  /** Undefined when it is not encrypted. */
  readonly encryption: EncryptionReport | undefined;
}

export interface EncryptionReport {
  /** Of the LUKS2 header. */
  readonly uuid: string;
  /** 32 bytes. */
  readonly pcr7: Buffer;
  /** Undefined when it was written to a file. */
  readonly recoveryKey: string | undefined;
}

/**
 * Everything that can be checked is checked before anything is changed. The process has a mount namespace of its own, so that
 * nothing stays mounted whatever ends it.
 * @throws {RootsealError} as `requireDisk` and `prepareImage`; UNSUPPORTED without fs-verity or a program; NO_SPACE
 */
export async function installToDisk(request: DiskInstallRequest): Promise<DiskInstallReport> {
  const { source, fileSystem, espSize } = request;
  const disk = await requireDisk(request);
  const { origin, force, uki, certificates, secureBoot } = request;
  const image = await prepareImage(source, request.revision, {
    origin: origin?.branch,
    given: request.arguments,
    force,
    uki,
    certificates,
    secureBoot,
  });
  const encryption = await prepareEncryption(image, request);
  const { espBytes, needs } = image;
  const header = encryption === undefined ? 0 : LUKS_HEADER_SIZE;
  const sizes = { size: disk.size, espSize, espBytes, needs, header };
  const layout = layOutInstallation({ ...sizes, fileSystem });
  requireTools(['sfdisk', 'blkid', 'mkfs.vfat', fileSystem === 'ext4' ? 'mke2fs' : 'mkfs.btrfs']);
  requireKernel(fileSystem);
  const uuids = { disk: randomUUID(), esp: randomUUID(), root: randomUUID() };
  const report = await UndoSteps.around(request.warn, async (undo) => {
    const device = disk.open(undo);
    await partition(device, { layout, rootType: ROOT_TYPES[image.architecture], uuids });
    request.say(`made an ESP and a root partition on ${request.target}`);
    const esp = await device.partition(1);
    const partitions = { esp, root: await device.partition(2) };
    const encrypted = await encrypt(partitions.root, encryption, request, undo);
    const volumes = { esp, root: encrypted?.device ?? partitions.root };
    const room = layout.root.size - header;
    await makeFileSystems(volumes, fileSystem, ext4Size(room, needs).inodes);
    request.say(`made the file systems: FAT and ${fileSystem}`);
    const made = await install({ ...volumes, uuid: uuids.root }, image, { request, undo });
    return { made, encrypted };
  });
  await report.encrypted?.device.gone();
  const { esp, root } = layout;
  return {
    ...report.made,
    encryption: report.encrypted?.report,
    size: layout.size,
    fileSystem,
    partitions: [
      { name: 'esp', uuid: uuids.esp, ...esp },
      { name: 'root', uuid: uuids.root, ...root },
    ],
  };
}

/** A policy for the TPM; nothing has been changed yet. */
async function prepareEncryption(
  image: InstallImage,
  request: DiskInstallRequest,
): Promise<TpmPolicy | undefined> {
  const { encryption, secureBoot } = request;
  if (encryption === undefined) return undefined;
  const { unified } = image;
  if (unified === undefined)
    throw new RootsealError(
      'USAGE',
      '--encrypt needs --uki: a TPM knows nothing but a unified kernel image by its signature',
    );
  requireNewFile(encryption.recoveryKeyFile);
  const pcrPublicKey = requirePcrPublicKey(unified);
  await requireEncryption();
  const loader = image.loaderFiles.find(({ path: file }) => file.startsWith('EFI/BOOT/'));
  const started = { loader: loader?.content ?? Buffer.alloc(0), uki: unified.bytes };
  return { pcrPublicKey, pcr7: expectedPcr7(encryption.pcr7, secureBoot?.keys, started) };
}

interface EncryptedRoot {
  readonly device: BlockDevice;
  readonly report: EncryptionReport;
}

async function encrypt(
  root: BlockDevice,
  policy: TpmPolicy | undefined,
  { encryption, say, warn }: DiskInstallRequest,
  undo: UndoSteps,
): Promise<EncryptedRoot | undefined> {
  if (policy === undefined) return undefined;
  const { device, uuid, recoveryKey } = await encryptPartition(root, policy, { undo, warn });
  const file = encryption?.recoveryKeyFile;
  if (file !== undefined) {
    writeRecoveryKey(file, recoveryKey);
    undo.onFailure(() => {
      fs.rmSync(file, { force: true });
    });
  }
  say('encrypted the root partition, for the TPM of this machine and a recovery key');
  const shown = file === undefined ? recoveryKey : undefined;
  return { device, report: { uuid, pcr7: policy.pcr7, recoveryKey: shown } };
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
  const isFoundByType = request.uki;
  const target = await requireTarget(directory, { boot, wipe: false, algorithm, isFoundByType });
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
