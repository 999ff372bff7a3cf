/**
 * What is on the ESP: boot entries, kernels, `loader.conf` (docs/formats/boot-entries.md). Reading never fails because of a
 * single file: what is wrong with one is a value, for `status` to show and `repair` to put right.
 */
import fs from 'node:fs';
import type { ListedEntry } from '../../formats/boot-loader/choice.js';
import { parseEntryFileName, type EntryFileName } from '../../formats/boot-loader/entry-name.js';
import {
  ENTRY_SIZE_MAX,
  parseBootEntry,
  parseLoaderConf,
  type LoaderConf,
  type ParsedBootEntry,
} from '../../formats/boot-loader/parse-entry.js';
import { kernelFiles } from '../../formats/deployment/kernel-files.js';
import { readSmallFile } from '../../repo/durable.js';
import { describeError, hasErrno, isSystemError } from '../../util/errors.js';

/** Relative to the root of the ESP. */
export const ENTRIES_DIR = 'loader/entries';
/** Of ours: one directory for each kernel. */
export const KERNELS_DIR = 'rootseal';
const LOADER_CONF_FILE = 'loader/loader.conf';
/** How a path looks that is on no ESP. */
const NOT_THERE = ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'EINVAL'];
/** More files than an ESP has. */
const FILES_MAX = 1000;

export interface EspEntry {
  readonly name: EntryFileName;
  readonly bytes: Buffer | undefined;
  /** Undefined when it cannot be read. */
  readonly entry: ParsedBootEntry | undefined;
  readonly problem: string | undefined;
}

export interface EspKernel {
  /** Name of the directory. */
  readonly name: string;
  /** Whether the name is that of a kernel, and all is there that one starts from: kernel and initramfs, or a unified kernel image. */
  readonly complete: boolean;
}

export interface EspContents {
  readonly entries: readonly EspEntry[];
  readonly kernels: readonly EspKernel[];
  readonly loaderConf: LoaderConf;
  /** What could not be read, one sentence each. */
  readonly problems: readonly string[];
}

/** @param boot root directory of the ESP */
export function readEsp(boot: string): EspContents {
  const problems: string[] = [];
  const names = (directory: string): string[] => {
    try {
      return fs.readdirSync(`${boot}/${directory}`).sort().slice(0, FILES_MAX);
    } catch (error) {
      if (!hasErrno(error, 'ENOENT')) problems.push(describeError(error));
      return [];
    }
  };
  const entries = names(ENTRIES_DIR)
    .map(parseEntryFileName)
    .filter((name) => name !== undefined)
    .map((name) => readEntry(boot, name));
  for (const { name, problem } of entries)
    if (problem !== undefined) problems.push(`${ENTRIES_DIR}/${name.file}: ${problem}`);
  return {
    entries,
    kernels: names(KERNELS_DIR).map((name) => ({ name, complete: isComplete(boot, name) })),
    loaderConf: readLoaderConf(boot, problems),
    problems,
  };
}

function readEntry(boot: string, name: EntryFileName): EspEntry {
  try {
    const bytes = readSmallFile(`${boot}/${ENTRIES_DIR}/${name.file}`, ENTRY_SIZE_MAX);
    if (bytes === undefined) return { name, bytes, entry: undefined, problem: 'it is gone' };
    return { name, bytes, entry: parseBootEntry(bytes), problem: undefined };
  } catch (error) {
    const problem = hasErrno(error, 'EISDIR') ? 'it is a directory' : describeError(error);
    return { name, bytes: undefined, entry: undefined, problem };
  }
}

function readLoaderConf(boot: string, problems: string[]): LoaderConf {
  try {
    const bytes = readSmallFile(`${boot}/${LOADER_CONF_FILE}`, ENTRY_SIZE_MAX);
    return bytes === undefined ? {} : parseLoaderConf(bytes);
  } catch (error) {
    problems.push(`${LOADER_CONF_FILE}: ${describeError(error)}`);
    return {};
  }
}

function isComplete(boot: string, name: string): boolean {
  const directory = `${boot}/${KERNELS_DIR}/${name}`;
  return (
    /^[0-9a-f]{32}$/.test(name) &&
    KINDS.some((files) => files.every((file) => hasContent(`${directory}/${file.name}`)))
  );
}

/** What is in the directory of a kernel. */
const KINDS = [kernelFiles({}), kernelFiles({ uki: 0 })];

function hasContent(file: string): boolean {
  try {
    const stat = fs.statSync(file, { throwIfNoEntry: false });
    return stat?.isFile() === true && stat.size > 0;
  } catch (error) {
    // What cannot be looked at starts nothing.
    if (isSystemError(error)) return false;
    throw error;
  }
}

/** EFI's names of architectures (UEFI 2.10 section 3.5.1.1), by Node.js's. */
const EFI_ARCHITECTURES: Partial<Record<NodeJS.Architecture, string>> = {
  x64: 'x64',
  ia32: 'ia32',
  arm64: 'aa64',
  arm: 'arm',
  riscv64: 'riscv64',
  loong64: 'loongarch64',
};

/** The entries that systemd-boot would list: it passes over those of other architectures, and those whose program is missing. */
export function listedEntries(boot: string, { entries }: EspContents): ListedEntry[] {
  const own = EFI_ARCHITECTURES[process.arch];
  return entries.flatMap(({ name, entry }): ListedEntry[] => {
    const { program, architecture = own } = entry ?? {};
    if (entry === undefined || program === undefined || !isOnEsp(boot, program)) return [];
    return architecture?.toLowerCase() === own ? [{ name, entry }] : [];
  });
}

/** Whether a path of an entry (`/rootseal/…/vmlinuz`, or with `\`) is a file on the ESP. */
function isOnEsp(boot: string, path: string): boolean {
  try {
    return fs.statSync(`${boot}/${path.replaceAll('\\', '/')}`).isFile();
  } catch (error) {
    if (NOT_THERE.some((errno) => hasErrno(error, errno))) return false;
    throw error;
  }
}
