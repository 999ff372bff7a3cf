/**
 * A minimal initramfs, in which the boot program is process 1: the program, the modules it loads, and what it is to believe
 * (docs/formats/boot.md). The same tree gives the same bytes.
 */
import fs from 'node:fs';
import { gzipSync } from 'node:zlib';
import { encodeCpio, type CpioEntry } from '../../formats/cpio.js';
import type { VerifyMode } from '../../formats/seal/policy.js';
import type { TrustFile } from '../../formats/seal/trust-manifest.js';
import { ascii, fromText } from '../../util/bytes.js';
import { RootsealError } from '../../util/errors.js';
import { DirectoryFiles, type ImageFiles } from '../image-files.js';
import { readTrustFiles } from '../lint/image-trust.js';
import { mountsWithoutInitramfs } from './builtin.js';
import { chooseKernel, collectModules, readModuleIndex, type Module } from './modules.js';

export interface InitramfsRequest {
  /** Directory of the OS tree. */
  readonly tree: string;
  /** Release of the kernel; needed when the tree has several. */
  readonly kernel?: string | undefined;
  /** Modules beside the usual ones. */
  readonly modules: readonly string[];
  /** File of the boot program; the tree's by default. */
  readonly program?: string | undefined;
  /** File of one for this machine's architecture, for a tree that has none. */
  readonly packaged?: string | undefined;
}

export interface Initramfs {
  readonly bytes: Buffer;
  readonly kernel: string;
  /** Paths of the modules, in the order of loading. */
  readonly modules: readonly string[];
  readonly mode: VerifyMode;
  readonly keys: number;
  /** Drivers and file systems with which the kernel could mount a disk by itself, without this initramfs; empty when it cannot. */
  readonly builtin: readonly string[];
  /** Where the boot program was taken from: the tree, the file that was named, or what is installed here. */
  readonly program: ProgramPlace;
}

type ProgramPlace = 'tree' | 'named' | 'packaged';

export const PROGRAM_PATH = '/usr/lib/rootseal/rootseal-setup-root';
const LOAD_LIST_PATH = '/usr/lib/rootseal/modules.load';
const PROGRAM_SIZE_MAX = 16 << 20;
/** Mount points of the boot program. */
const MOUNT_POINTS = ['dev', 'proc', 'run', 'sys', 'sysroot', 'tmp'];

/** @throws {RootsealError} when something is missing, or the boot program would refuse what the tree trusts */
export async function buildInitramfs(request: InitramfsRequest): Promise<Initramfs> {
  const tree = new DirectoryFiles(request.tree);
  try {
    const kernel = chooseKernel(tree, request.kernel);
    const { policy, keys, revocations, trust } = await readTrustFiles(tree);
    const index = await readModuleIndex(tree, kernel);
    const modules = await collectModules(tree, kernel, index, request.modules);
    const program = await readProgram(tree, request, modules);
    const archive = encodeCpio(
      withParents([
        ...MOUNT_POINTS.map((path) => directory(path)),
        // The kernel opens it for process 1 before anything is mounted.
        { kind: 'char', path: ascii('dev/console'), mode: 0o600, major: 5, minor: 1 },
        file('/init', program.bytes, 0o755),
        ...trustEntries([...(policy === undefined ? [] : [policy]), ...keys, ...revocations]),
        ...moduleEntries(kernel, modules),
      ]),
    );
    return {
      // No time and no name in its header.
      bytes: gzipSync(archive, { level: 9 }),
      kernel,
      modules: modules.map(({ path }) => path),
      mode: trust.policy.verify.mode,
      keys: trust.keys.size,
      builtin: mountsWithoutInitramfs(index),
      program: program.place,
    };
  } finally {
    tree.close();
  }
}

interface Program {
  readonly bytes: Uint8Array;
  readonly place: ProgramPlace;
}

async function readProgram(
  tree: ImageFiles,
  { program: named, packaged }: InitramfsRequest,
  modules: readonly Module[],
): Promise<Program> {
  if (named !== undefined) return { bytes: readElf(named), place: 'named' };
  if (tree.resolve(PROGRAM_PATH) !== undefined) {
    const bytes = await tree.read(PROGRAM_PATH, PROGRAM_SIZE_MAX);
    return { bytes: requireElf(PROGRAM_PATH, bytes), place: 'tree' };
  }
  if (packaged === undefined) throw noProgram('');
  const bytes = readElf(packaged);
  const isForeign = modules.some(
    ({ content }) => isElf(content) && machineOf(content) !== machineOf(bytes),
  );
  if (isForeign) throw noProgram(`, and ${packaged} is for another architecture than the kernel`);
  return { bytes, place: 'packaged' };
}

function noProgram(besides: string): RootsealError {
  return new RootsealError('PATH_NOT_FOUND', `${PROGRAM_PATH}: not in the tree${besides}`, {
    hint: 'install the boot program there, or name it with --program',
  });
}

function readElf(file: string): Uint8Array {
  return requireElf(file, fs.readFileSync(file));
}

/** A script has nothing there that could run it. */
function requireElf(name: string, bytes: Uint8Array): Uint8Array {
  if (isElf(bytes)) return bytes;
  throw new RootsealError('FORMAT_INVALID', `${name}: not a program`);
}

function isElf(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, 4)).toString('latin1') === '\x7fELF';
}

/** Byte order, word size and architecture: EI_CLASS, EI_DATA and e_machine (elf(5)), where they are the same for all programs. */
function machineOf(bytes: Uint8Array): string {
  return Buffer.concat([bytes.subarray(4, 6), bytes.subarray(18, 20)]).toString('hex');
}

function trustEntries(files: readonly TrustFile[]): CpioEntry[] {
  return files.map(({ path, content }) => file(path, content, 0o644));
}

function moduleEntries(kernel: string, modules: readonly Module[]): CpioEntry[] {
  const paths = modules.map(({ path }) => `/usr/lib/modules/${kernel}/${path}`);
  const list = paths.map((path) => `${path}\n`).join('');
  return [
    ...modules.map(({ content }, index) => file(paths[index] ?? '', content, 0o644)),
    file(LOAD_LIST_PATH, Buffer.from(list), 0o644),
  ];
}

function file(path: string, content: Uint8Array, mode: number): CpioEntry {
  return { kind: 'file', path: fromText(path.slice(1)), content, mode };
}

function directory(path: string): CpioEntry {
  return { kind: 'directory', path: fromText(path), mode: 0o755 };
}

/** All entries and the directories they are in, parents first. */
function withParents(entries: readonly CpioEntry[]): CpioEntry[] {
  const all = new Map<string, CpioEntry>();
  for (const entry of entries) {
    for (let slash = entry.path.indexOf('/'); slash !== -1;) {
      const parent = entry.path.slice(0, slash);
      if (!all.has(parent)) all.set(parent, directory(parent));
      slash = entry.path.indexOf('/', slash + 1);
    }
    all.set(entry.path, entry);
  }
  return [...all.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}
