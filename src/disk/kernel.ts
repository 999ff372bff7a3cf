/** Finds in a tree what a machine starts with: kernel, initramfs and boot loader. */
import type { SeparateKernel } from '../formats/deployment/deployment.js';
import { kernelFiles, KernelHash } from '../formats/deployment/kernel-files.js';
import { ELF_MACHINES, type EfiArchitecture } from '../formats/gpt/identifiers.js';
import type { RegularFile, Tree } from '../formats/tree/model.js';
import { resolvePath } from '../formats/tree/resolve.js';
import { readContent } from '../repo/read-tree.js';
import type { Repository } from '../repo/repository.js';
import { fromText, toText, type ByteString } from '../util/bytes.js';
import { RootsealError } from '../util/errors.js';
import { findKernelPaths } from './kernel-paths.js';

const LOADERS = '/usr/lib/systemd/boot/efi';

export interface Kernel {
  readonly release: string;
  readonly vmlinuz: RegularFile;
  readonly initrd: RegularFile;
}

/**
 * The tree's kernel with its initramfs.
 *
 * @param asked the release to take, where there are several
 * @throws {RootsealError} as `findKernelPaths`
 */
export function findKernel(tree: Tree, asked: string | undefined): Kernel {
  const { release, vmlinuz, initrd } = findKernelPaths(
    {
      names: (path) => namesIn(tree, path).flatMap((name) => toText(name) ?? []),
      resolve: (path) => resolvePath(tree, fromText(path)),
    },
    asked,
  );
  return { release, vmlinuz: requireFile(tree, vmlinuz), initrd: requireFile(tree, initrd) };
}

function requireFile(tree: Tree, path: string): RegularFile {
  const file = fileAt(tree, path);
  if (file === undefined) throw new TypeError(`${path} was a file a moment ago`);
  return file;
}

function namesIn(tree: Tree, path: string): ByteString[] {
  const directory = resolvePath(tree, fromText(path));
  return directory?.kind === 'directory' ? [...directory.children.keys()] : [];
}

function fileAt(tree: Tree, path: string): RegularFile | undefined {
  const inode = resolvePath(tree, fromText(path));
  return inode?.kind === 'file' ? inode : undefined;
}

/** What a deployment says of its kernel. Reads both files. */
export async function identifyKernel(
  repository: Repository,
  kernel: Kernel,
): Promise<SeparateKernel> {
  const sizes = { vmlinuz: kernel.vmlinuz.size, initrd: kernel.initrd.size };
  const hash = new KernelHash();
  for (const file of kernelFiles({ sizes })) {
    hash.begin(file);
    const content = file.name === 'vmlinuz' ? kernel.vmlinuz : kernel.initrd;
    for await (const chunk of readContent(repository, content)) hash.update(chunk);
  }
  return { release: kernel.release, hash: hash.end(), sizes };
}

/** Programs that nearly every tree has one of; what they are made for is what the tree is for. */
const PROGRAMS = [
  '/usr/lib/rootseal/rootseal-setup-root',
  '/usr/lib/systemd/systemd',
  '/sbin/init',
  '/bin/sh',
];
const ELF_HEADER_SIZE = 20;

/**
 * What the tree's programs run on.
 * @throws {RootsealError} UNSUPPORTED when it cannot be told or has no EFI
 */
export async function architectureOf(repository: Repository, tree: Tree): Promise<EfiArchitecture> {
  for (const path of PROGRAMS) {
    const file = fileAt(tree, path);
    if (file === undefined || file.size < ELF_HEADER_SIZE) continue;
    const architecture = elfArchitecture(await firstBytes(repository, file));
    if (architecture !== undefined) return architecture;
  }
  const loaders: readonly string[] = namesIn(tree, LOADERS);
  for (const architecture of Object.values(ELF_MACHINES))
    if (loaders.includes(loaderName(architecture))) return architecture;
  throw new RootsealError('UNSUPPORTED', 'the tree does not say what machine it is for', {
    hint: `none of ${PROGRAMS.join(', ')} is a program of a known machine`,
  });
}

async function firstBytes(repository: Repository, file: RegularFile): Promise<Buffer> {
  for await (const chunk of readContent(repository, file)) return chunk;
  return Buffer.alloc(0);
}

function elfArchitecture(bytes: Buffer): EfiArchitecture | undefined {
  // Little-endian ELF: all that EFI runs on.
  if (bytes.length < ELF_HEADER_SIZE || bytes.readUInt32BE(0) !== 0x7f454c46) return undefined;
  return bytes.readUInt8(5) === 1 ? ELF_MACHINES[bytes.readUInt16LE(18)] : undefined;
}

function loaderName(architecture: EfiArchitecture): string {
  return `systemd-boot${architecture}.efi`;
}

/** systemd-boot for a machine, the signed one where the tree has it; undefined when it has none. */
export function loaderIn(tree: Tree, architecture: EfiArchitecture): RegularFile | undefined {
  const path = `${LOADERS}/${loaderName(architecture)}`;
  return fileAt(tree, `${path}.signed`) ?? fileAt(tree, path);
}

/**
 * The same, which must be there.
 * @throws {RootsealError} PATH_NOT_FOUND, naming the package, when it has none
 */
export function findLoader(tree: Tree, architecture: EfiArchitecture): RegularFile {
  const path = `${LOADERS}/${loaderName(architecture)}`;
  const file = loaderIn(tree, architecture);
  if (file !== undefined) return file;
  throw new RootsealError('PATH_NOT_FOUND', `the tree has no boot loader: ${path} is missing`, {
    details: { path },
    hint: 'install the package systemd-boot-efi in the tree; `disk build --no-boot-loader` leaves the boot loader out',
  });
}
