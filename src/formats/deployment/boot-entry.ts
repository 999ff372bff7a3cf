/** The boot entry of a deployment (docs/formats/boot-entries.md). It follows from the deployment alone. */
import type { BootEntry } from '../boot/entry.js';
import type { Deployment } from './deployment.js';

/** Boot loaders sort entries by it first: all of ours together. */
export const SORT_KEY = 'rootseal';
/** In `loader.conf`: of the entries that match, systemd-boot takes the first, and those without tries left come last. */
export const LOADER_CONF = 'timeout 0\neditor no\ndefault rootseal-*\n';

/** Paths of kernel and initramfs on the ESP, relative to its root and without a leading slash. */
export function kernelFiles(hash: string): { readonly vmlinuz: string; readonly initrd: string } {
  return { vmlinuz: `rootseal/${hash}/vmlinuz`, initrd: `rootseal/${hash}/initrd` };
}

export function bootEntryOf(deployment: Deployment): BootEntry {
  const { vmlinuz, initrd } = kernelFiles(deployment.kernel.hash);
  return {
    title: deployment.title,
    // Not the release: the boot loader takes the highest version, and that is to be the default.
    version: String(deployment.serial),
    sortKey: SORT_KEY,
    linux: `/${vmlinuz}`,
    initrd: `/${initrd}`,
    options: deployment.arguments.map(({ value }) => value),
  };
}

/** What the boot menu calls a release. */
export function titleOf(commit: {
  readonly name: string;
  readonly version: string;
  readonly os?: { readonly prettyName?: string | undefined };
}): string {
  return `${commit.os?.prettyName?.trim() ?? commit.name} (${commit.version})`;
}
