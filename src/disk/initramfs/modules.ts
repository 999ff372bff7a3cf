/** The kernel modules that a minimal initramfs needs to find and mount the root, uncompressed, in the order of loading. */
import { Readable } from 'node:stream';
import { hasModule, loadOrder, parseModuleFiles, type ModuleIndex } from '../../formats/kmod.js';
import { openDecompressed } from '../../linux/decompress.js';
import { RootsealError } from '../../util/errors.js';
import type { ImageFiles } from '../image-files.js';

/** Without these there is no sealed root. */
const NEEDED = ['overlay', 'erofs'];

/** File systems and disks, where a kernel has them as modules. btrfs is large and must be asked for. */
const USUAL = [
  ...['loop', 'ext4', 'crc32c_generic', 'crc32c_intel', 'efivarfs'],
  ...['nvme', 'virtio_pci', 'virtio_mmio', 'virtio_blk', 'virtio_scsi', 'sd_mod', 'ahci'],
  // SHA-2 by the instructions of the processor. fs-verity takes the best implementation that is there when it hashes for the
  // first time, and keeps it until the machine ends (Linux 6.12 fs/verity/hash_algs.c, fsverity_get_hash_alg). That time is
  // the check of the image, so what comes later is too late. Listed for all architectures; a processor may lack the instructions.
  ...['sha256_ssse3', 'sha512_ssse3', 'sha256_arm64', 'sha2_ce', 'sha512_arm64', 'sha512_ce'],
];

const INDEX_SIZE_MAX = 16 << 20;
const MODULE_SIZE_MAX = 64 << 20;

export interface Module {
  /** Below `/usr/lib/modules/<release>`, without a suffix of compression. */
  readonly path: string;
  readonly content: Uint8Array;
}

/**
 * The release of the only kernel of a tree, or the named one.
 *
 * @throws {RootsealError} PATH_NOT_FOUND when there is none, USAGE when there are several and none is named
 */
export function chooseKernel(tree: ImageFiles, named: string | undefined): string {
  const releases = tree
    .names('/usr/lib/modules')
    .filter((release) => tree.resolve(`/usr/lib/modules/${release}/modules.dep`)?.kind === 'file');
  if (named !== undefined && releases.includes(named)) return named;
  const [only, ...others] = releases;
  if (named !== undefined || only === undefined) {
    const what = named === undefined ? 'a kernel' : `the kernel ${named}`;
    throw new RootsealError('PATH_NOT_FOUND', `the tree has no modules of ${what}`, {
      hint: 'there must be /usr/lib/modules/<release>/modules.dep, which depmod makes',
    });
  }
  if (others.length === 0) return only;
  throw new RootsealError('USAGE', `the tree has several kernels: ${releases.join(', ')}`, {
    hint: 'choose one with --kernel',
  });
}

/** What depmod says of the modules of a kernel. */
export async function readModuleIndex(tree: ImageFiles, release: string): Promise<ModuleIndex> {
  const text = async (name: string): Promise<string> => {
    const path = `${directoryOf(release)}/${name}`;
    if (tree.resolve(path) === undefined) return '';
    return (await tree.read(path, INDEX_SIZE_MAX)).toString('latin1');
  };
  return parseModuleFiles({
    dep: await text('modules.dep'),
    softdep: await text('modules.softdep'),
    builtin: await text('modules.builtin'),
  });
}

/**
 * @param index of this kernel
 * @param extra names of modules beside the usual ones
 * @throws {RootsealError} PATH_NOT_FOUND for a module that the kernel does not have
 */
export async function collectModules(
  tree: ImageFiles,
  release: string,
  index: ModuleIndex,
  extra: readonly string[],
): Promise<Module[]> {
  for (const name of [...NEEDED, ...extra]) {
    if (hasModule(index, name)) continue;
    throw new RootsealError('PATH_NOT_FOUND', `the kernel ${release} has no module ${name}`);
  }
  const usual = USUAL.filter((name) => hasModule(index, name));
  const modules: Module[] = [];
  for (const path of loadOrder(index, [...NEEDED, ...usual, ...extra]))
    modules.push(await readModule(tree, directoryOf(release), path));
  return modules;
}

function directoryOf(release: string): string {
  return `/usr/lib/modules/${release}`;
}

/** A module keeps its signature, which is at the end of its uncompressed bytes. */
async function readModule(tree: ImageFiles, directory: string, path: string): Promise<Module> {
  const stored = await tree.read(`${directory}/${path}`, MODULE_SIZE_MAX);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of openDecompressed(Readable.from([stored]))) {
    size += chunk.length;
    if (size > MODULE_SIZE_MAX)
      throw new RootsealError('FORMAT_INVALID', `${path}: more than ${MODULE_SIZE_MAX} bytes`);
    chunks.push(chunk);
  }
  return { path: path.replace(/\.ko\..*$/, '.ko'), content: Buffer.concat(chunks) };
}
