/** Builds a bootable disk image of a commit: `docs/formats/disk.md`. */
import fs from 'node:fs';
import path from 'node:path';
import { bootEntryFileName, printBootEntry } from '../formats/boot-loader/entry.js';
import { bootEntryOf, titleOf } from '../formats/deployment/boot-entry.js';
import { kernelPath } from '../formats/deployment/kernel-files.js';
import type { Deployment, KernelArgument } from '../formats/deployment/deployment.js';
import { argumentProblem, showArgument } from '../formats/kargs.js';
import { parseTypedDigest } from '../formats/digest-text.js';
import {
  derivedUuid,
  derivedVolumeId,
  ESP_TYPE,
  ROOT_TYPES,
  type EfiArchitecture,
} from '../formats/gpt/identifiers.js';
import { verifySignature } from '../formats/authenticode/verify-pe.js';
import type { Certificate } from '../formats/x509/certificate.js';
import { readKeyCertificate } from '../release/secure-boot/key-directory.js';
import { readRevision, type Revision } from '../repo/read-tree.js';
import type { Repository } from '../repo/repository.js';
import { readSeal } from '../repo/seals.js';
import { RootsealError } from '../util/errors.js';
import { withPauses } from '../util/pauses.js';
import type { Progress } from '../util/progress.js';
import { requireBootable } from './require-bootable.js';
import { configuredArguments } from './configured-arguments.js';
import { readImagePolicy } from './lint/image-trust.js';
import { filesOfTree } from './image-files.js';
import { ukiFindings } from './uki/uki-remarks.js';
import { requireNoArguments, requireUnifiedKernel, requireVouched } from './unified-kernel.js';
import { espContentSize, makeEsp, type EspFile } from './make-esp.js';
import { loaderFiles, type SecureBootKeys } from './loader-files.js';
import { makeExt4 } from './make-ext4.js';
import { architectureOf, findKernel, findLoader, identifyKernel } from './kernel.js';
import { layOut, type DiskLayout, type SizeWishes } from './disk-layout.js';
import { writePartitionTable } from './partition-table.js';
import type { LintFinding } from './lint/lint-finding.js';
import { requireStartable } from './lint/lint.js';
import { lintRevision } from './lint/lint-revision.js';
import { planVolume, type VolumePlan } from './volume-plan.js';
import { readOverlay, type StateOverlay } from './given-state.js';
import { branchFor, sysrootVolume } from './sysroot-tree.js';
import { BUILD_TOOLS, requireTools } from './tools.js';
import type { Volume } from './volume.js';
import { Workspace } from './workspace.js';

export interface DiskRequest {
  readonly revision: string;
  /** The file to make. */
  readonly out: string;
  readonly sizes: SizeWishes;
  /** Directory whose `etc` and `var` are laid over the state. */
  readonly state: string | undefined;
  /** Kernel arguments besides those that the disk needs. */
  readonly arguments: readonly string[];
  /** Boots that may fail before the entry counts as bad. */
  readonly tries: number | undefined;
  readonly kernel: string | undefined;
  /** Whether the machine is to start from the unified kernel image of the commit. */
  readonly uki: boolean;
  /** Which may vouch for what of it no seal does. */
  readonly certificates: readonly Certificate[];
  readonly bootLoader: boolean;
  /** By which the boot loader is signed, and which it enrols. */
  readonly secureBoot?: SecureBootKeys | undefined;
  /** Whether an image that no machine would start is taken. */
  readonly force: boolean;
  readonly progress: Progress;
  /** Ends the building; its reason is what is thrown. */
  readonly signal?: AbortSignal | undefined;
}

export interface DiskReport {
  /** Bytes. */
  readonly size: number;
  readonly commit: string;
  readonly image: string;
  readonly sealed: boolean;
  readonly architecture: EfiArchitecture;
  readonly kernel: {
    readonly release: string;
    readonly hash: string;
    /** Bytes of the unified kernel image; absent when kernel and initramfs are files of their own. */
    readonly uki?: number;
  };
  readonly entry: string;
  readonly commandLine: string;
  readonly partitions: readonly {
    readonly name: string;
    readonly uuid: string;
    readonly type: string;
    readonly start: number;
    readonly size: number;
  }[];
  readonly inodes: number;
  readonly objects: number;
  /** What is wrong with the image all the same, and what was hardly meant. */
  readonly findings: readonly LintFinding[];
}

/** The only deployment of a new disk. */
const SERIAL = 1;
const DISK_FILE = 'disk.img';
/** What FAT can hold, and ext4 without its extra bits: 1980-01-01 to 2038-01-19. */
const TIME_MIN = 315_532_800;
const TIME_MAX = 2 ** 31 - 1;

/**
 * The caller holds the repository's shared lock.
 * @throws {RootsealError} PATH_NOT_FOUND for a tree without kernel or boot loader, NO_SPACE when sizes are too small
 */
export async function buildDisk(repository: Repository, request: DiskRequest): Promise<DiskReport> {
  requireTools(BUILD_TOOLS);
  const revision = await readRevision(repository, request.revision, request.signal);
  const time = Math.min(TIME_MAX, Math.max(TIME_MIN, Date.parse(revision.commit.time) / 1000));
  const boot = await planBoot(repository, revision, request);
  const { kernel, arguments: words } = boot.deployment;
  const findings = [
    ...(await lintRevision(repository, revision, kernel.release)),
    ...(request.uki ? await ukiFindings(repository, revision, words, request.signal) : []),
  ];
  if (!request.force) requireStartable(findings, '--force builds the disk anyway');
  const overlay =
    request.state === undefined ? undefined : await readOverlay(request.state, time, request);
  try {
    const volume = sysrootVolume({
      repository,
      revision,
      uki: boot.uki,
      branch: branchFor(repository, request.revision, revision),
      deployment: boot.deployment,
      time,
      overlay,
    });
    const plan = await withPauses(planVolume(volume), request.signal);
    const layout = layOut(request.sizes, plan.needs, espContentSize(boot.files));
    const disk = { repository, revision, time, boot, volume, plan, layout, findings };
    await writeDisk(disk, request, overlay);
    return reportOf(disk);
  } finally {
    overlay?.close();
  }
}

interface Boot {
  readonly architecture: EfiArchitecture;
  readonly entry: string;
  readonly deployment: Deployment;
  /** The unified kernel image that is started; the host's repository gets it, too. */
  readonly uki: Buffer | undefined;
  readonly files: readonly EspFile[];
}

interface Disk {
  readonly repository: Repository;
  readonly revision: Revision;
  readonly time: number;
  readonly boot: Boot;
  readonly volume: Volume;
  readonly plan: VolumePlan;
  readonly layout: DiskLayout;
  readonly findings: readonly LintFinding[];
}

/** What the ESP is to hold. */
async function planBoot(
  repository: Repository,
  revision: Revision,
  request: DiskRequest,
): Promise<Boot> {
  const { id, commit, tree } = revision;
  const architecture = await architectureOf(repository, tree);
  const loader = request.bootLoader ? findLoader(tree, architecture) : undefined;
  const start = request.uki
    ? await startUnified(repository, revision, request)
    : await startSeparate(repository, revision, request);
  const deployment = firstDeployment({ id, commit }, start, request.tries);
  requireBootable(deployment);
  const entry = bootEntryFileName({ name: commit.name, serial: SERIAL, tries: request.tries });
  const files: EspFile[] = [
    {
      path: `loader/entries/${entry}`,
      content: Buffer.from(printBootEntry(bootEntryOf(deployment))),
    },
    ...start.files,
  ];
  if (loader !== undefined)
    for (const file of await loaderFiles(repository, loader, architecture, request.secureBoot))
      files.push(file);
  return { architecture, entry, deployment, uki: start.uki, files };
}

/** What the deployment starts from. */
interface Start extends Pick<Deployment, 'kernel' | 'arguments'>, Pick<Boot, 'uki'> {
  readonly files: readonly EspFile[];
}

async function startSeparate(
  repository: Repository,
  { id, commit, tree }: Revision,
  request: DiskRequest,
): Promise<Start> {
  requireFreeArguments(request.arguments);
  const { release, vmlinuz, initrd } = findKernel(tree, request.kernel);
  const kernel = await identifyKernel(repository, { release, vmlinuz, initrd });
  return {
    kernel,
    arguments: [
      { value: `composefs.digest=${commit.image}`, from: 'rootseal' },
      { value: `root=PARTUUID=${derivedUuid(id, 'root')}`, from: 'install' },
      { value: 'rw', from: 'install' },
      ...(await configuredArguments(repository, tree, undefined)),
      ...request.arguments.map((value): KernelArgument => ({ value, from: 'verb' })),
    ],
    uki: undefined,
    files: [
      { path: kernelPath(kernel.hash, 'vmlinuz'), content: vmlinuz },
      { path: kernelPath(kernel.hash, 'initrd'), content: initrd },
    ],
  };
}

/** The root partition is found by its type. */
async function startUnified(
  repository: Repository,
  revision: Revision,
  request: DiskRequest,
): Promise<Start> {
  requireNoArguments(request.arguments);
  const unified = await requireUnifiedKernel(repository, revision, request.signal);
  const { bytes, kernel, arguments: list } = unified;
  const { verify } = await readImagePolicy(filesOfTree(repository, revision.tree));
  const own = request.secureBoot && readKeyCertificate(request.secureBoot.keys, 'db');
  const certificates = [...request.certificates, ...(own === undefined ? [] : [own])];
  if (verify.mode === 'seal') requireVouched(unified, certificates);
  if (own !== undefined && !request.force) requireSignedBy(own, bytes);
  if (request.kernel !== undefined && request.kernel !== kernel.release)
    throw new RootsealError(
      'USAGE',
      `the unified kernel image has kernel ${kernel.release}, and not ${request.kernel}`,
    );
  const files = [{ path: kernelPath(kernel.hash, 'uki.efi'), content: bytes }];
  return { kernel, arguments: list, uki: bytes, files };
}

/** With the keys that the disk enrols, its own db is all that counts. */
function requireSignedBy(own: Certificate, bytes: Uint8Array): void {
  if (verifySignature(bytes, [own]) !== undefined) return;
  throw new RootsealError(
    'SEAL_UNTRUSTED',
    'the unified kernel image is not signed by the key db, and a machine with these keys would not start it',
    { hint: '`rootseal uki build` signs it with --cert and --key; --force builds the disk anyway' },
  );
}

function firstDeployment(
  { id, commit }: Pick<Revision, 'id' | 'commit'>,
  { kernel, arguments: list }: Start,
  tries = 0,
): Deployment {
  const { image, name, version, sequence } = commit;
  return {
    id: parseTypedDigest(image).digest,
    serial: SERIAL,
    commit: id,
    ...{ image, name, release: version, sequence },
    title: titleOf(commit),
    kernel,
    arguments: list,
    keys: [],
    pinned: false,
    boots: 'unknown',
    tries,
    created: commit.time,
  };
}

/** What the boot program reads is said once; it refuses words of its own that it does not know. */
function requireFreeArguments(given: readonly string[]): void {
  for (const argument of given) {
    const problem = argumentProblem(argument);
    if (problem !== undefined)
      throw new RootsealError('USAGE', `--karg-append ${showArgument(argument)}: ${problem}`);
  }
}

async function writeDisk(
  disk: Disk,
  request: DiskRequest,
  overlay: StateOverlay | undefined,
): Promise<void> {
  const workspace = Workspace.beside(request.out);
  try {
    await writePartitions(disk, workspace.directory, request);
    await overlay?.confirm();
    workspace.publish(DISK_FILE);
  } finally {
    workspace.remove();
  }
}

async function writePartitions(
  disk: Disk,
  directory: string,
  { progress, signal }: DiskRequest,
): Promise<void> {
  const { repository, revision, time, boot, volume, plan, layout } = disk;
  const { id } = revision;
  const fd = fs.openSync(path.join(directory, DISK_FILE), 'wx', 0o600);
  fs.ftruncateSync(fd, layout.size);
  fs.closeSync(fd);
  const image = { directory, disk: DISK_FILE };
  await writePartitionTable({
    ...image,
    layout,
    rootType: ROOT_TYPES[boot.architecture],
    uuids: {
      disk: derivedUuid(id, 'disk'),
      esp: derivedUuid(id, 'esp'),
      root: derivedUuid(id, 'root'),
    },
  });
  await makeEsp(
    { ...image, repository, place: layout.esp, volumeId: derivedVolumeId(id), time, signal },
    boot.files,
  );
  await makeExt4(
    {
      ...image,
      place: layout.root,
      uuid: derivedUuid(id, 'ext4'),
      hashSeed: derivedUuid(id, 'ext4-hash-seed'),
      time,
      progress,
      signal,
    },
    volume,
    plan,
  );
}

function kernelFacts({ kernel: { release, hash, uki } }: Deployment): DiskReport['kernel'] {
  return uki === undefined ? { release, hash } : { release, hash, uki };
}

function reportOf({
  repository,
  revision,
  boot,
  volume,
  plan,
  layout,
  findings,
}: Disk): DiskReport {
  const { id, commit } = revision;
  return {
    size: layout.size,
    commit: id,
    image: commit.image,
    sealed: readSeal(repository, id) !== undefined,
    architecture: boot.architecture,
    kernel: kernelFacts(boot.deployment),
    entry: boot.entry,
    commandLine: boot.deployment.arguments.map(({ value }) => value).join(' '),
    partitions: [
      { name: 'esp', uuid: derivedUuid(id, 'esp'), type: ESP_TYPE.toLowerCase(), ...layout.esp },
      {
        name: 'root',
        uuid: derivedUuid(id, 'root'),
        type: ROOT_TYPES[boot.architecture].toLowerCase(),
        ...layout.root,
      },
    ],
    inodes: plan.inodes.length,
    objects: volume.sealed.size,
    findings,
  };
}
