/** The boot entry of a deployment (docs/formats/boot-entries.md). It follows from the deployment alone. */
import type { BootEntry, BootProgram } from '../boot-loader/entry.js';
import type { Deployment } from './deployment.js';
import { kernelPath } from './kernel-files.js';

/** Boot loaders sort entries by it first: all of ours together. */
export const SORT_KEY = 'rootseal';
/** In `loader.conf`: of the entries that match, systemd-boot takes the first, and those without tries left come last. */
export const LOADER_CONF = 'timeout 0\neditor no\ndefault rootseal-*\n';
/** Also there: keys in `loader/keys/auto` are enrolled where that can do no harm, which is in virtual machines (systemd 257). */
export const LOADER_CONF_ENROLL = 'secure-boot-enroll if-safe\n';

export function bootEntryOf(deployment: Deployment): BootEntry {
  return {
    title: deployment.title,
    // Not the release: the boot loader takes the highest version, and that is to be the default.
    version: String(deployment.serial),
    sortKey: SORT_KEY,
    program: programOf(deployment),
  };
}

/** A unified kernel image has its command line inside: an entry has nothing to say to it. */
function programOf({ kernel: { hash, uki }, arguments: list }: Deployment): BootProgram {
  if (uki !== undefined) return { efi: `/${kernelPath(hash, 'uki.efi')}` };
  return {
    linux: `/${kernelPath(hash, 'vmlinuz')}`,
    initrd: `/${kernelPath(hash, 'initrd')}`,
    options: list.map(({ value }) => value),
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
