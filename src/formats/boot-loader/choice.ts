/** What systemd-boot will start next: the order of its list and who may override it (systemd 257, `src/boot/boot.c`). */
import type { EntryFileName } from './entry-name.js';
import type { LoaderConf, ParsedBootEntry } from './parse-entry.js';
import { lowerAscii, matchesPattern } from './pattern.js';
import { compareVersions } from './version-order.js';

export interface ListedEntry {
  readonly name: EntryFileName;
  readonly entry: ParsedBootEntry;
}

/** Variables of the boot loader that name an entry, or a pattern of names. */
export interface LoaderVariables {
  readonly oneShot?: string | undefined;
  readonly default?: string | undefined;
  /** The entry that was started last; minded where a default is `@saved`. */
  readonly saved?: string | undefined;
}

/** A default that means the entry that was started last. */
const SAVED = '@saved';

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
    ['LoaderEntryOneShot', fold(variables.oneShot)],
    ['LoaderEntryDefault', orSaved(fold(variables.default), variables)],
    ['loader.conf', orSaved(fold(conf.default), variables)],
  ] as const;
  for (const [by, pattern] of wishes) {
    if (pattern === undefined) continue;
    const found = sorted.find(({ name }) => matchesPattern(loaderId(name), pattern));
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
    -compareVersions(loaderId(a.name), loaderId(b.name)) ||
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

function fold(pattern: string | undefined): string | undefined {
  return pattern === undefined ? undefined : lowerAscii(pattern);
}

/** The name of the entry that was started last is taken as it is. */
function orSaved(pattern: string | undefined, { saved }: LoaderVariables): string | undefined {
  return pattern === SAVED ? saved : pattern;
}

/** The boot loader folds the case of names as well, but not where they have counters. */
function loaderId({ id, counter }: EntryFileName): string {
  return counter === undefined ? lowerAscii(id) : id;
}
