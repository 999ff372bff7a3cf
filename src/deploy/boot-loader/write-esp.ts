/** Changes to the ESP. An existing file is never written to. */
import fs from 'node:fs';
import type { DeployedKernel, KernelSizes } from '../../formats/deployment/deployment.js';
import { KernelHash } from '../../formats/deployment/kernel-files.js';
import { findKernel, type Kernel } from '../../disk/kernel.js';
import { openRegularFile, type RegularFileHandle } from '../../linux/regular-file.js';
import { readContent } from '../../repo/read-tree.js';
import type { Repository } from '../../repo/repository.js';
import { makeDirectoryDurable, syncDirectory } from '../../repo/durable.js';
import type { Tree } from '../../formats/tree/model.js';
import { hasErrno, isSystemError, RootsealError } from '../../util/errors.js';
import type { Steps } from '../../util/steps.js';
import { stopPoint } from '../../util/stop-point.js';
import { moveFile, renameFlushed, replaceFile, UNFINISHED } from './durable-esp.js';
import { ENTRIES_DIR, KERNELS_DIR } from './read-esp.js';

/** Adds a boot entry, or puts the right text in place of one that was changed. */
export function writeEntry(boot: string, file: string, text: string): void {
  replaceFile(`${boot}/${ENTRIES_DIR}/${file}`, text);
}

/** Whether a boot entry of this name is there, whatever it says. */
export function hasEntry(boot: string, file: string): boolean {
  return fs.existsSync(`${boot}/${ENTRIES_DIR}/${file}`);
}

/** Gives an entry another counter. An entry of that name that is there already is the same one. */
export function renameEntry(boot: string, file: string, to: string): void {
  const directory = `${boot}/${ENTRIES_DIR}`;
  if (fs.existsSync(`${directory}/${file}`)) moveFile(`${directory}/${file}`, `${directory}/${to}`);
}

export function removeEntry(boot: string, file: string): void {
  const directory = `${boot}/${ENTRIES_DIR}`;
  fs.rmSync(`${directory}/${file}`, { force: true, recursive: true });
  syncDirectory(directory);
}

/** Files that were being made when somebody was killed, as far as they can be removed: no boot loader reads them. */
export function removeUnfinished(boot: string): void {
  const directory = `${boot}/${ENTRIES_DIR}`;
  try {
    const left = fs.readdirSync(directory).filter((name) => name.endsWith(`.conf${UNFINISHED}`));
    for (const name of left) fs.rmSync(`${directory}/${name}`, { force: true, recursive: true });
    if (left.length > 0) syncDirectory(directory);
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}

export interface KernelRequest {
  readonly repository: Repository;
  readonly tree: Tree;
  readonly kernel: DeployedKernel;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Copies kernel and initramfs of a tree.
 * @throws {RootsealError} OBJECT_CORRUPT when they are not what `hash` says; NO_SPACE
 */
export async function installKernel(boot: string, request: KernelRequest): Promise<void> {
  const { repository, tree, signal } = request;
  const { release, hash, sizes } = request.kernel;
  const kernel: Kernel = findKernel(tree, release);
  makeDirectoryDurable(`${boot}/${KERNELS_DIR}`);
  const target = `${boot}/${KERNELS_DIR}/${hash}`;
  const temporary = `${target}${UNFINISHED}`;
  fs.rmSync(temporary, { recursive: true, force: true });
  fs.mkdirSync(temporary, { mode: 0o755 });
  try {
    const sum = new KernelHash(sizes);
    for (const name of ['vmlinuz', 'initrd'] as const) {
      sum.begin(name);
      const content = readContent(repository, kernel[name], signal);
      await copyFile(content, `${temporary}/${name}`, (chunk) => {
        sum.update(chunk);
      });
    }
    if (sum.end() !== hash || !isOfSize(temporary, sizes))
      throw new RootsealError(
        'OBJECT_CORRUPT',
        `kernel ${release} is not the one that was deployed`,
      );
    syncDirectory(temporary);
    stopPoint('kernel-copied');
    fs.rmSync(target, { recursive: true, force: true });
    renameFlushed(temporary, target);
  } catch (error) {
    fs.rmSync(temporary, { recursive: true, force: true });
    throw error;
  }
}

export function removeKernel(boot: string, name: string): void {
  const directory = `${boot}/${KERNELS_DIR}`;
  fs.rmSync(`${directory}/${name}`, { recursive: true, force: true });
  syncDirectory(directory);
}

const PIECE_SIZE = 1 << 20;

/** Whether kernel and initramfs on the ESP have the sizes that they have in the image. Quick; nothing is read. */
export function hasKernelSizes(boot: string, { hash, sizes }: KernelName): boolean {
  return isOfSize(`${boot}/${KERNELS_DIR}/${hash}`, sizes);
}

/** Whether kernel and initramfs on the ESP are those that their directory is named after. */
export function* isKernelIntact(boot: string, { hash, sizes }: KernelName): Steps<boolean> {
  if (!hasKernelSizes(boot, { hash, sizes })) return false;
  const sum = new KernelHash(sizes);
  for (const name of ['vmlinuz', 'initrd'] as const) {
    try {
      const file = openRegularFile(`${boot}/${KERNELS_DIR}/${hash}/${name}`);
      if (file === undefined) return false;
      sum.begin(name);
      yield* readPieces(file, (piece) => {
        sum.update(piece);
      });
    } catch (error) {
      if (hasErrno(error, 'ENOENT') || hasErrno(error, 'EIO')) return false;
      throw error;
    }
  }
  return sum.end() === hash;
}

/** Closes the file at the end. */
function* readPieces({ fd }: RegularFileHandle, onPiece: (piece: Buffer) => void): Steps<void> {
  const buffer = Buffer.allocUnsafe(PIECE_SIZE);
  try {
    for (let count = 1; count > 0;) {
      count = fs.readSync(fd, buffer, 0, PIECE_SIZE, null);
      onPiece(buffer.subarray(0, count));
      yield;
    }
  } finally {
    fs.closeSync(fd);
  }
}

/** A directory on the ESP, and what is known of it. */
interface KernelName {
  readonly hash: string;
  readonly sizes?: KernelSizes | undefined;
}

function isOfSize(directory: string, sizes: KernelSizes | undefined): boolean {
  if (sizes === undefined) return true;
  return (['vmlinuz', 'initrd'] as const).every(
    (name) => fs.statSync(`${directory}/${name}`, { throwIfNoEntry: false })?.size === sizes[name],
  );
}

async function copyFile(
  content: AsyncIterable<Buffer>,
  target: string,
  onChunk: (chunk: Buffer) => void,
): Promise<void> {
  const fd = fs.openSync(target, 'wx', 0o644);
  try {
    for await (const chunk of content) {
      onChunk(chunk);
      fs.writeFileSync(fd, chunk);
    }
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}
