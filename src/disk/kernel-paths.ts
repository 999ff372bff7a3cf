/** Where a tree has its kernel and initramfs: below `/usr/lib/modules/<release>`, else in `/boot`. Only names are looked at. */
import { RootsealError } from '../util/errors.js';

const MODULES = '/usr/lib/modules';

/** Paths are absolute within the tree; links are followed in it. */
export interface KernelPlaces {
  names(path: string): readonly string[];
  resolve(path: string): { readonly kind: string } | undefined;
}

export interface KernelPaths {
  readonly release: string;
  readonly vmlinuz: string;
  readonly initrd: string;
}

/**
 * @param asked the release to take, where there are several
 * @throws {RootsealError} PATH_NOT_FOUND when there is none, USAGE when there are several
 */
export function findKernelPaths(tree: KernelPlaces, asked: string | undefined): KernelPaths {
  const kernels = listKernels(tree);
  const releases = [...kernels.keys()];
  if (kernels.size > 1 && asked === undefined) {
    throw new RootsealError(
      'USAGE',
      `the tree has ${kernels.size} kernels: ${releases.join(', ')}`,
      {
        hint: 'an image for hosts has one kernel; `disk build --kernel RELEASE` takes one of several',
      },
    );
  }
  const release = asked ?? releases[0];
  const vmlinuz = release === undefined ? undefined : kernels.get(release);
  if (release === undefined || vmlinuz === undefined) {
    const which = asked === undefined ? '' : ` ${asked}`;
    throw new RootsealError('PATH_NOT_FOUND', `the tree has no kernel${which}`, {
      details: { path: `${MODULES}/${asked ?? 'RELEASE'}/vmlinuz` },
      hint: `a kernel is ${MODULES}/RELEASE/vmlinuz or /boot/vmlinuz-RELEASE`,
    });
  }
  const places = [`${MODULES}/${release}/initramfs.img`, `/boot/initrd.img-${release}`];
  const initrd = places.find((path) => isFile(tree, path));
  if (initrd !== undefined) return { release, vmlinuz, initrd };
  throw new RootsealError('PATH_NOT_FOUND', `the tree has no initramfs for kernel ${release}`, {
    details: { path: places[0] ?? '' },
    hint: `an initramfs is ${MODULES}/${release}/initramfs.img or /boot/initrd.img-${release}`,
  });
}

/** The kernel of each release, in the order of releases. */
function listKernels(tree: KernelPlaces): Map<string, string> {
  const kernels = new Map<string, string>();
  const add = (release: string, path: string): void => {
    if (isRelease(release) && isFile(tree, path)) kernels.set(release, path);
  };
  for (const name of tree.names('/boot'))
    if (name.startsWith('vmlinuz-')) add(name.slice('vmlinuz-'.length), `/boot/${name}`);
  for (const release of tree.names(MODULES)) add(release, `${MODULES}/${release}/vmlinuz`);
  return new Map([...kernels].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What can stand in a path, a message and a document. */
function isRelease(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._+~-]*$/.test(name);
}

function isFile(tree: KernelPlaces, path: string): boolean {
  return tree.resolve(path)?.kind === 'file';
}
