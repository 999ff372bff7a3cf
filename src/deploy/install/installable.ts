/** What is to be installed: looked at, and found good to start, before anything is changed. */
import { configuredArguments } from '../../disk/configured-arguments.js';
import { architectureOf, findKernel, findLoader } from '../../disk/kernel.js';
import { BLOCK_SIZE, type VolumeNeeds } from '../../disk/disk-layout.js';
import { loaderFiles, type SecureBootKeys } from '../../disk/loader-files.js';
import type { EspFile } from '../../disk/make-esp.js';
import type { LintFinding } from '../../disk/lint/lint-finding.js';
import { requireStartable } from '../../disk/lint/lint.js';
import { lintRevision } from '../../disk/lint/lint-revision.js';
import { branchFor } from '../../disk/sysroot-tree.js';
import { requireNoArguments, type UnifiedKernel } from '../../disk/unified-kernel.js';
import { commandLineProblem } from '../../formats/deployment/command-line.js';
import type { Origin } from '../../formats/deployment/deployment.js';
import type { EfiArchitecture } from '../../formats/gpt/identifiers.js';
import type { Tree } from '../../formats/tree/model.js';
import { objectsOf } from '../../formats/tree/tree-objects.js';
import { walk } from '../../formats/tree/walk.js';
import type { Certificate } from '../../formats/x509/certificate.js';
import type { PullRequest } from '../../remote/pull-plan.js';
import { imageOf } from '../../repo/images.js';
import { objectSize } from '../../repo/objects.js';
import { readRevision, readWholeContent, type Revision } from '../../repo/read-tree.js';
import type { Repository } from '../../repo/repository.js';
import { RootsealError } from '../../util/errors.js';
import { computeArguments } from '../image/arguments.js';
import { requireTrusted } from '../image/deployable.js';
import { ukiFindings } from '../../disk/uki/uki-remarks.js';
import { acceptUki, type UkiTrust } from '../image/uki.js';

export interface InstallImage {
  readonly source: Repository;
  readonly revision: Revision;
  /** What is wrong with it all the same, and what was hardly meant. */
  readonly remarks: readonly LintFinding[];
  readonly architecture: EfiArchitecture;
  /** systemd-boot and what belongs to it, as they will be on the ESP. */
  readonly loaderFiles: readonly LoaderFile[];
  /** Undefined when it starts from kernel and initramfs. */
  readonly unified: UnifiedKernel | undefined;
  /** What names the commit in the new repository. */
  readonly ref: NonNullable<PullRequest['ref']>;
  /** Bytes on the ESP, roughly. */
  readonly espBytes: number;
  /** Of the root file system, never too few. */
  readonly needs: VolumeNeeds;
}

export interface LoaderFile {
  /** On the ESP, without a leading slash. */
  readonly path: string;
  readonly content: Uint8Array;
}

export interface ImageRequest {
  readonly origin: Origin | undefined;
  /** Kernel arguments that are given by hand. */
  readonly given: readonly string[];
  /** Whether it is to start from the unified kernel image of the commit. */
  readonly uki: boolean;
  /** Which may vouch for what of it no seal does. */
  readonly certificates: readonly Certificate[];
  /** Whether an image that no machine would start is taken. */
  readonly force: boolean;
  /** Whose keys sign the boot loader, and are enrolled by it. */
  readonly secureBoot: SecureBootKeys | undefined;
}

/** Directories and small files of the ESP, in bytes. */
const ESP_MARGIN = 1 << 20;

/**
 * @param name what people call the commit
 * @throws {RootsealError} SEAL_*, DIGEST_MISMATCH when the image itself would refuse its seal; PATH_NOT_FOUND without kernel,
 *   initramfs, boot loader or the unified kernel image that is wanted; OBJECT_NOT_FOUND
 */
export async function prepareImage(
  source: Repository,
  name: string,
  { origin, given, force, uki, certificates, secureBoot }: ImageRequest,
): Promise<InstallImage> {
  const revision = await readRevision(source, name);
  const { tree } = revision;
  const keys = await requireTrusted(source, revision, undefined, { force });
  const findings = await lintRevision(source, revision);
  if (!force) requireStartable(findings, '--force installs it anyway');
  const architecture = await architectureOf(source, tree);
  const loader = findLoader(tree, architecture);
  const files = await loaderFiles(source, loader, architecture, secureBoot);
  const trust = { firmware: undefined, isSealed: keys.length > 0, certificates };
  const unified = uki ? await unifiedKernel(source, revision, given, trust) : undefined;
  const remarks =
    unified === undefined ? [] : await ukiFindings(source, revision, unified.arguments, undefined);
  const bytes = unified?.bytes.length ?? (await separateBytes(source, revision, given));
  return {
    source,
    revision,
    remarks: [...findings, ...remarks],
    architecture,
    loaderFiles: await readAll(source, files),
    unified,
    ref:
      origin === undefined
        ? { kind: 'branch', name: branchFor(source, name, revision) }
        : { kind: 'remote', name: `${origin.remote}/${origin.branch}` },
    espBytes: bytes + 2 * loader.size + ESP_MARGIN,
    needs: needsOf(source, revision),
  };
}

async function readAll(source: Repository, files: readonly EspFile[]): Promise<LoaderFile[]> {
  const read = async ({ path, content }: EspFile): Promise<LoaderFile> => ({
    path,
    content: content instanceof Uint8Array ? content : await readWholeContent(source, content),
  });
  return Promise.all(files.map(read));
}

/** The unified kernel image, which must be that of the commit. */
async function unifiedKernel(
  source: Repository,
  revision: Revision,
  given: readonly string[],
  trust: UkiTrust,
): Promise<UnifiedKernel> {
  requireNoArguments(given);
  return acceptUki(source, revision, trust);
}

/** Bytes of kernel and initramfs, whose command line must not be too long. */
async function separateBytes(
  source: Repository,
  revision: Revision,
  given: readonly string[],
): Promise<number> {
  const { vmlinuz, initrd } = findKernel(revision.tree, undefined);
  await requireLine(source, revision, given);
  return vmlinuz.size + initrd.size;
}

/** The command line as it will be; only which partition it names is not known yet. */
async function requireLine(
  source: Repository,
  { commit, tree }: Revision,
  given: readonly string[],
): Promise<void> {
  const list = computeArguments({
    id: imageOf(source, commit).digest,
    image: commit.image,
    previous: undefined,
    install: [`root=PARTUUID=${EMPTY_UUID}`, 'rw'],
    configured: await configuredArguments(source, tree, undefined),
    changes: { append: given, delete: [] },
  });
  const problem = commandLineProblem({ kernel: { hash: EMPTY_HASH }, arguments: list });
  if (problem !== undefined) throw new RootsealError('USAGE', problem);
}

/** As long as real ones. */
const EMPTY_UUID = '00000000-0000-0000-0000-000000000000';
const EMPTY_HASH = '0'.repeat(32);

/** Objects with their Merkle trees, and the first `/etc` and `/var`. */
function needsOf(source: Repository, { commit, tree }: Revision): VolumeNeeds {
  let blocks = blocksOf(commit.imageSize);
  let inodes = 0;
  for (const digest of objectsOf(tree)) {
    const size = objectSize(source, digest);
    if (size === undefined)
      throw new RootsealError('OBJECT_NOT_FOUND', `object ${digest} is missing`, {
        details: { object: digest },
      });
    blocks += blocksOf(size);
    inodes++;
  }
  for (const size of stateSizes(tree)) {
    blocks += blocksOf(size);
    inodes++;
  }
  // The directories of objects, and what there is besides.
  return { blocks: blocks + 1024, inodes: inodes + 1024 };
}

function* stateSizes(tree: Tree): Generator<number, void, undefined> {
  for (const { path, entry } of walk(tree)) {
    if (!path.startsWith('/etc/') && !path.startsWith('/var/')) continue;
    if (entry.kind === 'file') yield entry.size;
    else if (entry.kind !== 'link') yield BLOCK_SIZE;
  }
}

/** With 128 hashes to a block, each level of the Merkle tree is a 128th of what is below it. */
function blocksOf(size: number): number {
  const data = Math.ceil(size / BLOCK_SIZE);
  return data + Math.ceil(data / 127) + 1;
}
