/** Makes the root file system of a disk: mke2fs makes it, debugfs everything in it, e2fsck has the last word. */
import fs from 'node:fs';
import path from 'node:path';
import type { ExecOptions } from '../linux/exec.js';
import { toBytes, type ByteString } from '../util/bytes.js';
import { RootsealError } from '../util/errors.js';
import { withPauses } from '../util/pauses.js';
import type { Progress } from '../util/progress.js';
import { EMPTY_FILE, writeScript } from './debugfs-script.js';
import { Ext4Image } from './ext4-image.js';
import { fillVolume } from './fill.js';
import { BLOCK_SIZE, ext4Size, MEBIBYTE, type Place } from './disk-layout.js';
import type { VolumePlan } from './volume-plan.js';
import { findTool, runTool } from './tools.js';
import type { Volume } from './volume.js';

/** What a Linux 6.12 kernel takes; spelled out, because every version of mke2fs has other defaults. */
const MKE2FS_CONFIGURATION = `[defaults]
	base_features = sparse_super,large_file,filetype,resize_inode,dir_index,ext_attr
	blocksize = 4096
	inode_size = 256
	inode_ratio = 16384
	reserved_ratio = 0
[fs_types]
	ext4 = {
		features = has_journal,extent,huge_file,flex_bg,metadata_csum,64bit,dir_nlink,extra_isize,verity
	}
	small = {
	}
	floppy = {
	}
	big = {
	}
	huge = {
	}
`;

export interface Ext4Request {
  /** Directory of this build, where helper files go. */
  readonly directory: string;
  /** Name of the disk image in it. */
  readonly disk: string;
  readonly place: Place;
  readonly uuid: string;
  readonly hashSeed: string;
  /** Seconds since 1970. */
  readonly time: number;
  readonly progress: Progress;
  /** Ends it; its reason is what is thrown. */
  readonly signal: AbortSignal | undefined;
}

/** @throws {RootsealError} NO_SPACE when the place is too small after all */
export async function makeExt4(
  request: Ext4Request,
  volume: Volume,
  plan: VolumePlan,
): Promise<void> {
  await formatExt4(request, plan);
  await requireRoom(request, plan);
  await populate(request, plan);
  await withImage(request, 'r+', (image) =>
    withPauses(fillVolume(image, volume, plan, request.progress), request.signal),
  );
  await checkExt4(request);
}

function optionsOf(request: Ext4Request): ExecOptions {
  const { directory: cwd, signal } = request;
  return { cwd, env: environment(request), ...(signal === undefined ? {} : { signal }) };
}

function environment({ directory, time }: Ext4Request): Record<string, string> {
  const date = String(time);
  return {
    E2FSPROGS_FAKE_TIME: date,
    SOURCE_DATE_EPOCH: date,
    MKE2FS_CONFIG: path.join(directory, 'mke2fs.conf'),
    MKE2FS_SKIP_PROGRESS: 'true',
    DEBUGFS_PAGER: '__none__',
  };
}

async function formatExt4(request: Ext4Request, plan: VolumePlan): Promise<void> {
  const { directory, disk, place, uuid, hashSeed } = request;
  fs.writeFileSync(path.join(directory, 'mke2fs.conf'), MKE2FS_CONFIGURATION);
  const size = ext4Size(place.size, plan.needs);
  const extended = [
    `offset=${place.start}`,
    'nodiscard',
    'root_owner=0:0',
    'lazy_itable_init=0',
    'lazy_journal_init=0',
    `hash_seed=${hashSeed}`,
  ];
  const options = ['-q', '-F', '-t', 'ext4', '-b', String(BLOCK_SIZE), '-m', '0', '-U', uuid];
  const sizes = ['-N', String(size.inodes), '-J', `size=${size.journal}`];
  await runTool(
    'mke2fs',
    [...options, '-L', 'root', ...sizes, '-E', extended.join(','), disk, String(size.blocks)],
    optionsOf(request),
  );
}

async function requireRoom(request: Ext4Request, { needs }: VolumePlan): Promise<void> {
  const { freeBlocks, freeInodes } = await withImage(request, 'r', (image) => image.superblock);
  if (freeBlocks >= needs.blocks && freeInodes >= needs.inodes) return;
  const needed = request.place.size + (needs.blocks - freeBlocks) * BLOCK_SIZE;
  throw new RootsealError(
    'NO_SPACE',
    `the root partition needs about ${Math.ceil(needed / MEBIBYTE)} MiB`,
    { details: { needed } },
  );
}

async function withImage<T>(
  { directory, disk, place }: Ext4Request,
  flags: 'r' | 'r+',
  action: (image: Ext4Image) => T | Promise<T>,
): Promise<T> {
  const fd = fs.openSync(path.join(directory, disk), flags);
  try {
    return await action(new Ext4Image(fd, place.start));
  } finally {
    fs.closeSync(fd);
  }
}

async function populate(request: Ext4Request, plan: VolumePlan): Promise<void> {
  const { directory } = request;
  const script = writeScript(plan);
  fs.writeFileSync(path.join(directory, EMPTY_FILE), '', { mode: 0o644 });
  for (const [file, value] of script.values)
    fs.writeFileSync(path.join(directory, file), toBytes(value));
  await runCommands(request, 'first', script.first);
  await runRequests(request, script.requests);
  await runCommands(request, 'last', script.last);
}

async function runCommands(
  request: Ext4Request,
  file: string,
  commands: readonly string[],
): Promise<void> {
  if (commands.length === 0) return;
  const bytes = toBytes(`${commands.join('\n')}\n` as ByteString);
  fs.writeFileSync(path.join(request.directory, file), bytes);
  const args = ['-w', '-f', file, fileSystemOf(request)];
  const options = { ...optionsOf(request), discardOutput: true };
  requireSilence((await runTool('debugfs', args, options)).stderr);
}

/** Each as an argument, through xargs: Node's own arguments are UTF-8, these are bytes. */
async function runRequests(request: Ext4Request, requests: readonly string[]): Promise<void> {
  if (requests.length === 0) return;
  const words = requests.flatMap((command) => ['-w', '-R', command, fileSystemOf(request)]);
  const options = {
    ...optionsOf(request),
    input: Buffer.from(`${words.join('\0')}\0`, 'latin1'),
    discardOutput: true,
  };
  requireSilence((await runTool('xargs', ['-0', '-n', '4', findTool('debugfs')], options)).stderr);
}

/** debugfs ends well whatever happens; it prints its version and what went wrong. */
function requireSilence(stderr: string): void {
  const said = stderr
    .split('\n')
    .filter((line) => line !== '' && !/^debugfs 1\.[^ ]* \(/.test(line));
  const [first] = said;
  if (first === undefined) return;
  const isFull = said.some((line) => /could not allocate|no space|no free space/i.test(line));
  throw new RootsealError(
    isFull ? 'NO_SPACE' : 'FAILED',
    `debugfs: ${said.slice(0, 5).join('; ')}`,
  );
}

async function checkExt4(request: Ext4Request): Promise<void> {
  const options = { ...optionsOf(request), okStatuses: [0, 4, 8] };
  const result = await runTool('e2fsck', ['-f', '-n', fileSystemOf(request)], options);
  if (result.status === 0) return;
  throw new RootsealError(
    'FAILED',
    `e2fsck finds errors in the new file system: ${result.stdout.toString('utf8').slice(0, 2000)}`,
    { hint: 'this is a bug in rootseal, or a version of e2fsprogs that it does not know' },
  );
}

function fileSystemOf({ disk, place }: Ext4Request): string {
  return `${disk}?offset=${place.start}`;
}
