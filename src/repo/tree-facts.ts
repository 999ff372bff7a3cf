/** What a tree says about itself: operating system, kernel, size. */
import { OS_RELEASE_MAX, parseOsRelease, type OsRelease } from '../formats/os-release.js';
import { type Directory, type RegularFile, type Tree } from '../formats/tree/model.js';
import { lookup, walk } from '../formats/tree/walk.js';
import { ascii, toDisplay } from '../util/bytes.js';
import { FormatError } from '../util/errors.js';

/** Reads a file's content, up to the given size. */
export type ContentReader = (file: RegularFile, limit: number) => Uint8Array;

const OS_RELEASE_PATHS = [ascii('/usr/lib/os-release'), ascii('/etc/os-release')];
const MODULE_PATHS = [ascii('/usr/lib/modules'), ascii('/lib/modules')];

/** The tree's os-release, or undefined when it has none that can be understood. */
export function osReleaseOf(tree: Tree, read: ContentReader): OsRelease | undefined {
  for (const path of OS_RELEASE_PATHS) {
    const entry = lookup(tree, path);
    const file = entry?.kind === 'link' ? entry.target : entry;
    if (file?.kind !== 'file' || file.size === 0 || file.size > OS_RELEASE_MAX) continue;
    try {
      return parseOsRelease(read(file, OS_RELEASE_MAX));
    } catch (error) {
      // The tree's own text is not our format: a tree without a usable one is still a tree.
      if (!(error instanceof FormatError)) throw error;
    }
  }
  return undefined;
}

/** Release of the tree's kernel: the directory below `/usr/lib/modules`, the last one where there are several. */
export function kernelReleaseOf(tree: Tree): string | undefined {
  for (const path of MODULE_PATHS) {
    const directory = lookup(tree, path);
    if (directory?.kind !== 'directory') continue;
    const releases = [...directory.children]
      .filter(([, entry]) => entry.kind === 'directory')
      .map(([name]) => toDisplay(name));
    const withKernel = releases.filter((release) => hasKernel(tree, directory, release));
    const last = (withKernel.length > 0 ? withKernel : releases).sort(compareVersions).at(-1);
    if (last !== undefined) return last;
  }
  return undefined;
}

function hasKernel(tree: Tree, modules: Directory, release: string): boolean {
  const directory = modules.children.get(ascii(release));
  if (directory?.kind === 'directory' && directory.children.has(ascii('vmlinuz'))) return true;
  return lookup(tree, ascii(`/boot/vmlinuz-${release}`)) !== undefined;
}

function compareVersions(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

/** Number of inodes, and bytes of file content with each inode counted once. */
export function sizeOf(tree: Tree): { files: number; bytes: number } {
  let files = 0;
  let bytes = 0;
  for (const { entry } of walk(tree)) {
    if (entry.kind === 'link') continue;
    files++;
    if (entry.kind === 'file') bytes += entry.size;
  }
  return { files, bytes };
}
