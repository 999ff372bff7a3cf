/** The boot entry of a deployment (docs/formats/boot-entries.md). It follows from the deployment alone. */
import type { BootEntry } from '../boot-loader/entry.js';
import type { Deployment } from './deployment.js';
import { kernelFiles } from './kernel-files.js';

/** Boot loaders sort entries by it first: all of ours together. */
export const SORT_KEY = 'rootseal';
/** In `loader.conf`: of the entries that match, systemd-boot takes the first, and those without tries left come last. */
export const LOADER_CONF = 'timeout 0\neditor no\ndefault rootseal-*\n';

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

/** Longest name of a system that a boot menu shows, in UTF-16 units; entry and record have limits of their own. */
const SYSTEM_NAME_MAX = 1024;

/** What the boot menu calls a release. */
export function titleOf(commit: {
  readonly name: string;
  readonly version: string;
  readonly os?: { readonly prettyName?: string | undefined };
}): string {
  const pretty = commit.os?.prettyName?.trim() ?? '';
  const isShown = pretty !== '' && pretty.length <= SYSTEM_NAME_MAX;
  return `${isShown ? pretty : commit.name} (${commit.version})`;
}
