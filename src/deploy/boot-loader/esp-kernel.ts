/** What deployments start from, in directories of the ESP: copied, compared, removed. An existing file is never written to. */
import fs from 'node:fs';
import type { DeployedKernel } from '../../formats/deployment/deployment.js';
import { kernelFiles, KernelHash, type KernelFile } from '../../formats/deployment/kernel-files.js';
import { openRegularFile, type RegularFileHandle } from '../../linux/regular-file.js';
import { makeDirectoryDurable, syncDirectory } from '../../repo/durable.js';
import { hasErrno, RootsealError } from '../../util/errors.js';
import type { Steps } from '../../util/steps.js';
import { stopPoint } from '../../util/stop-point.js';
import { renameFlushed, UNFINISHED } from './durable-esp.js';
import { KERNELS_DIR } from './read-esp.js';

/** Contents of the files of a kernel. */
export type KernelSource = (name: KernelFile['name']) => AsyncIterable<Uint8Array>;

/**
 * Copies kernel and initramfs, or a unified kernel image.
 * @throws {RootsealError} OBJECT_CORRUPT when they are not what the deployment says; NO_SPACE
 */
export async function installKernel(
  boot: string,
  kernel: DeployedKernel,
  source: KernelSource,
): Promise<void> {
  makeDirectoryDurable(`${boot}/${KERNELS_DIR}`);
  const target = directoryOf(boot, kernel);
  const temporary = `${target}${UNFINISHED}`;
  fs.rmSync(temporary, { recursive: true, force: true });
  fs.mkdirSync(temporary, { mode: 0o755 });
  try {
    const sum = new KernelHash();
    for (const file of kernelFiles(kernel)) {
      sum.begin(file);
      await copyFile(source(file.name), `${temporary}/${file.name}`, (chunk) => {
        sum.update(chunk);
      });
    }
    if (sum.end() !== kernel.hash || !hasFiles(temporary, kernel))
      throw new RootsealError(
        'OBJECT_CORRUPT',
        `kernel ${kernel.release} is not the one that was deployed`,
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

/** Whether all files of a kernel are on the ESP, with the sizes that they are to have. Quick; nothing is read. */
export function hasKernel(boot: string, kernel: DeployedKernel): boolean {
  return hasFiles(directoryOf(boot, kernel), kernel);
}

/** Whether the files of a kernel on the ESP are those that their directory is named after. */
export function* isKernelIntact(boot: string, kernel: DeployedKernel): Steps<boolean> {
  if (!hasKernel(boot, kernel)) return false;
  const sum = new KernelHash();
  for (const one of kernelFiles(kernel)) {
    try {
      const file = openRegularFile(`${directoryOf(boot, kernel)}/${one.name}`);
      if (file === undefined) return false;
      sum.begin(one);
      yield* readPieces(file, (piece) => {
        sum.update(piece);
      });
    } catch (error) {
      if (hasErrno(error, 'ENOENT') || hasErrno(error, 'EIO')) return false;
      throw error;
    }
  }
  return sum.end() === kernel.hash;
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

function directoryOf(boot: string, { hash }: DeployedKernel): string {
  return `${boot}/${KERNELS_DIR}/${hash}`;
}

function hasFiles(directory: string, kernel: DeployedKernel): boolean {
  return kernelFiles(kernel).every(({ name, size }) => {
    const stat = fs.statSync(`${directory}/${name}`, { throwIfNoEntry: false });
    return stat?.isFile() === true && (size === undefined || stat.size === size);
  });
}

async function copyFile(
  content: AsyncIterable<Uint8Array>,
  target: string,
  onChunk: (chunk: Uint8Array) => void,
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
