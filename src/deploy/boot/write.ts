/** Changes to the ESP. An existing file is never written to. */
import fs from 'node:fs';
import { createHash } from 'node:crypto';
import { findKernel, type Kernel } from '../../disk/kernel.js';
import { readRegularFile } from '../../linux/regular-file.js';
import { readContent } from '../../repo/read-tree.js';
import type { Repository } from '../../repo/repository.js';
import { makeDirectoryDurable, syncDirectory } from '../../repo/durable.js';
import type { RegularFile, Tree } from '../../formats/tree/model.js';
import { hasErrno, RootsealError } from '../../util/errors.js';
import { stopPoint } from '../../util/stop-point.js';
import { moveFile, renameFlushed, replaceFile, UNFINISHED } from './durable.js';
import { ENTRIES_DIR, KERNELS_DIR } from './esp.js';

/** Adds a boot entry, or puts the right text in place of one that was changed. */
export function writeEntry(boot: string, file: string, text: string): void {
  replaceFile(`${boot}/${ENTRIES_DIR}/${file}`, text);
}

/** Gives an entry another counter. An entry of that name that is there already is the same one. */
export function renameEntry(boot: string, file: string, to: string): void {
  const directory = `${boot}/${ENTRIES_DIR}`;
  if (fs.existsSync(`${directory}/${file}`)) moveFile(`${directory}/${file}`, `${directory}/${to}`);
}

export function removeEntry(boot: string, file: string): void {
  const directory = `${boot}/${ENTRIES_DIR}`;
  fs.rmSync(`${directory}/${file}`, { force: true });
  syncDirectory(directory);
}

/** Files that were being made when somebody was killed. */
export function removeUnfinished(boot: string): void {
  const directory = `${boot}/${ENTRIES_DIR}`;
  if (!fs.existsSync(directory)) return;
  const left = fs.readdirSync(directory).filter((name) => name.endsWith(`.conf${UNFINISHED}`));
  for (const name of left) fs.rmSync(`${directory}/${name}`, { force: true });
  if (left.length > 0) syncDirectory(directory);
}

export interface KernelRequest {
  readonly repository: Repository;
  readonly tree: Tree;
  readonly release: string;
  readonly hash: string;
}

/**
 * Copies kernel and initramfs of a tree.
 * @throws {RootsealError} OBJECT_CORRUPT when they are not what `hash` says; NO_SPACE
 */
export async function installKernel(boot: string, request: KernelRequest): Promise<void> {
  const { repository, tree, release, hash } = request;
  const kernel: Kernel = findKernel(tree, release);
  makeDirectoryDurable(`${boot}/${KERNELS_DIR}`);
  const target = `${boot}/${KERNELS_DIR}/${hash}`;
  const temporary = `${target}${UNFINISHED}`;
  fs.rmSync(temporary, { recursive: true, force: true });
  fs.mkdirSync(temporary, { mode: 0o755 });
  try {
    const sum = createHash('sha256');
    for (const [name, file] of [
      ['vmlinuz', kernel.vmlinuz],
      ['initrd', kernel.initrd],
    ] as const)
      await copyFile(repository, file, `${temporary}/${name}`, (chunk) => sum.update(chunk));
    if (!sum.digest('hex').startsWith(hash))
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

/** Longer than any kernel or initramfs; in bytes. */
const KERNEL_FILE_MAX = 2 ** 31 - 1;

/** Whether kernel and initramfs on the ESP are those that their directory is named after. */
export function isKernelIntact(boot: string, hash: string): boolean {
  const sum = createHash('sha256');
  for (const name of ['vmlinuz', 'initrd']) {
    try {
      const bytes = readRegularFile(`${boot}/${KERNELS_DIR}/${hash}/${name}`, KERNEL_FILE_MAX);
      if (bytes === undefined) return false;
      sum.update(bytes);
    } catch (error) {
      if (hasErrno(error, 'ENOENT') || hasErrno(error, 'EIO')) return false;
      throw error;
    }
  }
  return sum.digest('hex').startsWith(hash);
}

async function copyFile(
  repository: Repository,
  file: RegularFile,
  target: string,
  onChunk: (chunk: Buffer) => void,
): Promise<void> {
  const fd = fs.openSync(target, 'wx', 0o644);
  try {
    for await (const chunk of readContent(repository, file)) {
      onChunk(chunk);
      fs.writeFileSync(fd, chunk);
    }
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}
