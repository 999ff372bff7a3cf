/** What the unified kernel image of a commit has to be: a function of the commit alone (docs/formats/uki.md). */
import type { EfiArchitecture } from '../../formats/gpt/identifiers.js';
import { OS_RELEASE_MAX } from '../../formats/os-release.js';
import { signedLineProblem } from '../../formats/seal/trust-manifest.js';
import type { RegularFile } from '../../formats/tree/model.js';
import { resolvePath } from '../../formats/tree/resolve.js';
import { imageArgument } from '../../formats/uki/image-argument.js';
import { UKI_SIZE_MAX } from '../../formats/uki/uki-sections.js';
import type { Revision } from '../../repo/read-tree.js';
import type { Repository } from '../../repo/repository.js';
import { fromText } from '../../util/bytes.js';
import { RootsealError } from '../../util/errors.js';
import { configuredArguments } from '../configured-arguments.js';
import { filesOfTree, type ImageFiles } from '../image-files.js';
import { readTrustManifest, trustManifestArchive } from '../initramfs/trust-archive.js';
import { architectureOf, findKernel } from '../kernel.js';

/** All that goes into the image of a commit, but for the stub and the signed policy of a TPM. */
export interface ExpectedUki {
  readonly architecture: EfiArchitecture;
  readonly osrel: Buffer;
  readonly commandLine: string;
  /** The kernel's release. */
  readonly release: string;
  readonly linux: RegularFile;
  /** The image's own initramfs. */
  readonly initrd: RegularFile;
  /** What follows it: a cpio archive with the trust manifest. */
  readonly trust: Buffer;
  /** The image's stub; undefined when it has none. */
  readonly stub: RegularFile | undefined;
}

const OS_RELEASE_PATHS: readonly string[] = ['/usr/lib/os-release', '/etc/os-release'];
/** Larger files are not stubs. */
export const STUB_SIZE_MAX = 1 << 24;

/**
 * @throws {RootsealError} when the image cannot be started by one: no kernel, no initramfs, several kernels, no os-release, or an argument
 *   that cannot be signed
 */
export async function expectedUki(
  repository: Repository,
  { commit, tree }: Pick<Revision, 'commit' | 'tree'>,
): Promise<ExpectedUki> {
  const files = filesOfTree(repository, tree);
  const { release, vmlinuz, initrd } = findKernel(tree, undefined);
  const size = vmlinuz.size + initrd.size;
  if (size > UKI_SIZE_MAX)
    throw new RootsealError('UNSUPPORTED', `kernel and initramfs have ${size} bytes, too many`);
  const wanted = await configuredArguments(repository, tree, undefined);
  const words = new Set([imageArgument(commit.image), ...wanted.map(({ value }) => value)]);
  const commandLine = [...words].join(' ');
  const problem = signedLineProblem(commandLine);
  if (problem !== undefined)
    throw new RootsealError('UNSUPPORTED', `the kernel command line of the image ${problem}`, {
      hint: 'what the image asks for is in its /usr/lib/rootseal/kargs.d',
    });
  const architecture = await architectureOf(repository, tree);
  const stub = resolvePath(tree, fromText(stubPath(architecture)));
  return {
    architecture,
    osrel: await readOsRelease(files),
    commandLine,
    release,
    linux: vmlinuz,
    initrd,
    trust: trustManifestArchive(await readTrustManifest(files, commandLine)),
    stub: stub?.kind === 'file' && stub.size <= STUB_SIZE_MAX ? stub : undefined,
  };
}

/** Where Debian's package systemd-boot-efi puts it. */
export function stubPath(architecture: EfiArchitecture): string {
  return `/usr/lib/systemd/boot/efi/linux${architecture}.efi.stub`;
}

async function readOsRelease(files: ImageFiles): Promise<Buffer> {
  const path = OS_RELEASE_PATHS.find((one) => (files.resolve(one)?.size ?? 0) > 0);
  if (path !== undefined) return files.read(path, OS_RELEASE_MAX);
  throw new RootsealError('PATH_NOT_FOUND', 'the tree does not say what it is: no os-release', {
    details: { path: OS_RELEASE_PATHS[0] ?? '' },
  });
}
