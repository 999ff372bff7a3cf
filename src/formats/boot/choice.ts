/** What systemd-boot will start next: the order of its list and who may override it (systemd 257, `src/boot/boot.c`). */
import type { EntryFileName } from './entry-name.js';
import type { LoaderConf, ParsedBootEntry } from './parse-entry.js';
import { matchesPattern } from './pattern.js';
import { compareVersions } from './version-order.js';

export interface ListedEntry {
  readonly name: EntryFileName;
  readonly entry: ParsedBootEntry;
}

/** Variables of the boot loader that name an entry, or a pattern of names. */
export interface LoaderVariables {
  readonly oneShot?: string | undefined;
  readonly default?: string | undefined;
}

export interface Choice {
  readonly name: EntryFileName;
  /** What decided. */
  readonly by: 'LoaderEntryOneShot' | 'LoaderEntryDefault' | 'loader.conf' | 'order';
}

/**
 * @param entries those whose kernel is there: the boot loader passes over the others
 * @returns undefined when there is no entry
 */
export function chooseEntry(
  entries: readonly ListedEntry[],
  conf: LoaderConf,
  variables: LoaderVariables,
): Choice | undefined {
  const sorted = [...entries].sort(compareEntries);
  const wishes = [
    ['LoaderEntryOneShot', variables.oneShot],
    ['LoaderEntryDefault', variables.default],
    ['loader.conf', conf.default],
  ] as const;
  for (const [by, pattern] of wishes) {
    if (pattern === undefined) continue;
    const found = sorted.find(({ name }) => matchesPattern(name.id, pattern));
    if (found !== undefined) return { name: found.name, by };
  }
  const [first] = sorted;
  return first === undefined ? undefined : { name: first.name, by: 'order' };
}

/** `boot_entry_compare`: what comes first in the list. */
export function compareEntries(a: ListedEntry, b: ListedEntry): number {
  return (
    Number(a.name.counter?.left === 0) - Number(b.name.counter?.left === 0) ||
    Number(a.entry.sortKey === undefined) - Number(b.entry.sortKey === undefined) ||
    compareKeys(a.entry, b.entry) ||
    -compareVersions(lower(a.name.id), lower(b.name.id)) ||
    compareCounters(a.name, b.name)
  );
}

function compareKeys(a: ParsedBootEntry, b: ParsedBootEntry): number {
  if (a.sortKey === undefined || b.sortKey === undefined) return 0;
  return (
    compareText(a.sortKey, b.sortKey) ||
    compareText(a.machineId ?? '', b.machineId ?? '') ||
    -compareVersions(a.version, b.version)
  );
}

function compareCounters({ counter: a }: EntryFileName, { counter: b }: EntryFileName): number {
  if (a === undefined || b === undefined) return 0;
  return b.left - a.left || a.done - b.done;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Names on a FAT file system have no case. */
function lower(id: string): string {
  return id.toLowerCase();
}
