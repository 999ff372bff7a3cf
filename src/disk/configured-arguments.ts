/** Kernel arguments that files ask for: those of the image, and those of the machine. */
import fs from 'node:fs';
import type { EfiArchitecture } from '../formats/gpt/identifiers.js';
import { ARGUMENT_FILE_MAX, parseArgumentFile, type ArgumentFileKind } from '../formats/kargs.js';
import type { KernelArgument } from '../formats/deployment/deployment.js';
import { sortedNames, type Tree } from '../formats/tree/model.js';
import { resolvePath } from '../formats/tree/resolve.js';
import { architectureOf } from './kernel.js';
import { readWholeContent } from '../repo/read-tree.js';
import type { Repository } from '../repo/repository.js';
import { readSmallFile } from '../repo/durable.js';
import { fromText, toText } from '../util/bytes.js';
import { hasErrno, RootsealError } from '../util/errors.js';
import { WantedArguments } from './wanted-arguments.js';

/** In the image: ours, and bootc's. */
export const IMAGE_PLACES: readonly (readonly [string, ArgumentFileKind])[] = [
  ['/usr/lib/rootseal/kargs.d', 'rootseal'],
  ['/usr/lib/bootc/kargs.d', 'bootc'],
];
/** In the machine's `/etc`. */
const MACHINE_PLACE = 'rootseal/kargs.d';

/** Rust's names, which bootc takes. */
const MACHINE_NAMES: Readonly<Record<EfiArchitecture, string>> = {
  x64: 'x86_64',
  ia32: 'x86',
  aa64: 'aarch64',
  riscv64: 'riscv64',
  loongarch64: 'loongarch64',
};

interface Asked {
  /** `image:<file>` or `machine:<file>` */
  readonly from: string;
  readonly kind: ArgumentFileKind;
  readonly bytes: Uint8Array;
}

/**
 * The image's files come first, each place in the order of names; later ones may take away what earlier ones asked for.
 * @param etc absolute path of the machine's `/etc`; undefined when there is none yet
 * @throws {RootsealError} FORMAT_INVALID, naming the file
 */
export async function configuredArguments(
  repository: Repository,
  tree: Tree,
  etc: string | undefined,
): Promise<readonly KernelArgument[]> {
  const asked = [...(await imageFiles(repository, tree)), ...machineFiles(etc)];
  if (asked.length === 0) return [];
  const machine = MACHINE_NAMES[await architectureOf(repository, tree)];
  const wanted = new WantedArguments();
  for (const { from, kind, bytes } of asked) {
    const file = naming(from, () => parseArgumentFile(bytes, machine, kind));
    for (const argument of file.delete) wanted.remove(argument);
    for (const value of file.append) wanted.add({ value, from });
  }
  return wanted.list();
}

function naming<T>(from: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof RootsealError)) throw error;
    throw new RootsealError(error.code, from, { cause: error });
  }
}

async function imageFiles(repository: Repository, tree: Tree): Promise<Asked[]> {
  const found: Asked[] = [];
  for (const [place, kind] of IMAGE_PLACES) {
    const directory = resolvePath(tree, fromText(place));
    if (directory?.kind !== 'directory') continue;
    for (const name of sortedNames(directory).flatMap((name) => toText(name) ?? [])) {
      const path = `${place}/${name}`;
      const file = isArgumentFile(name) ? resolvePath(tree, fromText(path)) : undefined;
      if (file?.kind !== 'file') continue;
      const bytes =
        file.size <= ARGUMENT_FILE_MAX
          ? await readWholeContent(repository, file)
          : Buffer.alloc(ARGUMENT_FILE_MAX + 1);
      found.push({ from: `image:${path}`, kind, bytes });
    }
  }
  return found;
}

function machineFiles(etc: string | undefined): Asked[] {
  return listMachineFiles(etc).flatMap((name): Asked[] => {
    const bytes = readSmallFile(`${etc ?? ''}/${name}`, ARGUMENT_FILE_MAX);
    return bytes === undefined ? [] : [{ from: `machine:/etc/${name}`, kind: 'rootseal', bytes }];
  });
}

/** Files of the machine that ask for kernel arguments, relative to its `/etc`. @param etc as for `configuredArguments` */
export function listMachineFiles(etc: string | undefined): string[] {
  if (etc === undefined) return [];
  try {
    const names = fs.readdirSync(`${etc}/${MACHINE_PLACE}`).filter(isArgumentFile).sort();
    return names.map((name) => `${MACHINE_PLACE}/${name}`);
  } catch (error) {
    if (hasErrno(error, 'ENOENT') || hasErrno(error, 'ENOTDIR')) return [];
    throw error;
  }
}

/** Whether a file of such a place counts, by its name. */
export function isArgumentFile(name: string): boolean {
  return !name.startsWith('.') && name.endsWith('.toml');
}
