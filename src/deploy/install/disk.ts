/** The disk that is to be installed to: a block device, or a file that stands for one. */
import fs from 'node:fs';
import path from 'node:path';
import { attachDisk } from '../../linux/loop.js';
import { RootsealError } from '../../util/errors.js';
import { BlockDevice } from './block-device.js';
import type { UndoSteps } from './undo-steps.js';

export interface DiskRequest {
  /** Device or file. */
  readonly target: string;
  /** Bytes of a file that does not exist yet. */
  readonly size: number | undefined;
  /** Whether what is on it goes away. */
  readonly wipe: boolean;
}

/** A disk that may be installed to; nothing has been changed yet. */
export interface InstallDisk {
  /** Bytes. */
  readonly size: number;
  /** As a block device; a file becomes one for as long as `undo` has not been done. */
  readonly open: (undo: UndoSteps) => BlockDevice;
}

/** @throws {RootsealError} USAGE when it is in use, no disk, or holds something and `wipe` is false */
export async function requireDisk(request: DiskRequest): Promise<InstallDisk> {
  const { target, size } = request;
  const stat = fs.statSync(target, { throwIfNoEntry: false });
  if (stat === undefined) return newFile(target, size);
  if (size !== undefined)
    throw new RootsealError('USAGE', `${target} exists: --size is for a file that does not`);
  if (stat.isFile()) return existingFile(request, stat);
  const device = BlockDevice.at(fs.realpathSync(target));
  if (device === undefined)
    throw new RootsealError('USAGE', `${target} is neither a disk nor a file`);
  if (!device.isDisk)
    throw new RootsealError('USAGE', `${target} is not a whole disk, so it has no partitions`, {
      hint: '`rootseal install to-filesystem` installs to a file system that is mounted',
    });
  device.requireUnused();
  requireBlank(target, request.wipe ? [] : await device.signatures());
  return { size: device.size, open: () => device };
}

function requireBlank(target: string, found: readonly string[]): void {
  if (found.length === 0) return;
  throw new RootsealError('USAGE', `${target} is not empty: it holds ${found.join(', ')}`, {
    hint: '--wipe destroys everything there',
  });
}

function newFile(target: string, size: number | undefined): InstallDisk {
  const parent = path.dirname(path.resolve(target));
  if (!fs.existsSync(parent))
    throw new RootsealError('PATH_NOT_FOUND', `there is no directory ${parent}`);
  if (size === undefined)
    throw new RootsealError('USAGE', `${target} does not exist`, {
      hint: 'with --size it is made as a file of that size',
    });
  const whole = size - (size % 512);
  return {
    size: whole,
    open: (undo) => {
      fs.closeSync(fs.openSync(target, 'wx', 0o600));
      undo.onFailure(() => {
        fs.rmSync(target, { force: true });
      });
      fs.truncateSync(target, whole);
      return attach(target, undo);
    },
  };
}

function existingFile({ target, wipe }: DiskRequest, stat: fs.Stats): InstallDisk {
  const real = fs.realpathSync(target);
  const device = loopDeviceOf(real);
  if (device !== undefined)
    throw new RootsealError('USAGE', `${target} is in use: it is ${device}`);
  // A file without blocks was made by `truncate` and is all zeros.
  requireBlank(target, wipe || stat.blocks === 0 ? [] : ['data']);
  return { size: stat.size - (stat.size % 512), open: (undo) => attach(real, undo) };
}

/** The loop device that a file is already. */
function loopDeviceOf(file: string): string | undefined {
  const name = fs
    .readdirSync('/sys/block')
    .filter((entry) => entry.startsWith('loop'))
    .find((entry) => backingFile(entry) === file);
  return name === undefined ? undefined : `/dev/${name}`;
}

function backingFile(name: string): string | undefined {
  const file = `/sys/block/${name}/loop/backing_file`;
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trim() : undefined;
}

function attach(file: string, undo: UndoSteps): BlockDevice {
  const fd = fs.openSync(file, 'r+');
  undo.add(() => {
    fs.fsyncSync(fd);
    fs.closeSync(fd);
  });
  const loop = attachDisk(fd);
  undo.add(() => {
    fs.closeSync(loop.fd);
  });
  const device = BlockDevice.at(loop.path);
  if (device === undefined) throw new RootsealError('FAILED', `${loop.path} is not a block device`);
  return device;
}
