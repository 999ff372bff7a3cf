/** Makes the EFI system partition of a disk: FAT32, filled by mtools straight from the repository's objects. */
import fs from 'node:fs';
import path from 'node:path';
import type { RegularFile } from '../formats/tree/model.js';
import { objectFile } from '../repo/layout.js';
import type { Repository } from '../repo/repository.js';
import { alignUp } from '../util/bytes.js';
import { RootsealError } from '../util/errors.js';
import { SECTOR_SIZE, type Place } from './disk-layout.js';
import { runTool } from './tools.js';

/** Largest cluster that mkfs.vfat chooses for sizes that an ESP has. */
const CLUSTER_SIZE_MAX = 32768;

/** A file of the ESP. */
export interface EspFile {
  /** Relative to the root, without a leading slash. */
  readonly path: string;
  readonly content: Uint8Array | RegularFile;
}

export interface EspRequest {
  readonly repository: Repository;
  /** Directory of this build. */
  readonly directory: string;
  /** Name of the disk image in it. */
  readonly disk: string;
  readonly place: Place;
  /** 8 hex digits. */
  readonly volumeId: string;
  /** Seconds since 1970, within what FAT can hold. */
  readonly time: number;
  /** Ends it; its reason is what is thrown. */
  readonly signal: AbortSignal | undefined;
}

/** Bytes that the files take. */
export function espContentSize(files: readonly EspFile[]): number {
  const directories = directoriesOf(files).length;
  return files.reduce(
    (sum, { content }) => sum + alignUp(sizeOf(content), CLUSTER_SIZE_MAX),
    directories * CLUSTER_SIZE_MAX,
  );
}

function sizeOf(content: Uint8Array | RegularFile): number {
  return content instanceof Uint8Array ? content.length : content.size;
}

/** Bytes of a cluster: FAT32 wants at least 65525 of them. */
function clusterSize(size: number): number {
  const usual = 4096;
  return size / usual > 66_000 ? usual : SECTOR_SIZE;
}

/** @throws {RootsealError} FAILED when one of the programs fails */
export async function makeEsp(request: EspRequest, files: readonly EspFile[]): Promise<void> {
  const { directory, disk, place, volumeId, time, signal } = request;
  const env = {
    SOURCE_DATE_EPOCH: String(time),
    TZ: 'UTC',
    MTOOLS_SKIP_CHECK: '1',
    MTOOLSRC: '/dev/null',
  };
  const options = {
    ...{ cwd: directory, env, discardOutput: true },
    ...(signal === undefined ? {} : { signal }),
  };
  const at = ['--offset', String(place.start / SECTOR_SIZE)];
  // mkfs.vfat would choose by the size of the whole disk, and mtools take a FAT32 of few clusters for a FAT16.
  const clusters = ['-s', String(clusterSize(place.size) / SECTOR_SIZE)];
  const names = ['-i', volumeId, '-n', 'ESP', ...clusters];
  const blocks = String(place.size / 1024);
  await runTool('mkfs.vfat', ['-F', '32', '--invariant', ...names, ...at, disk, blocks], options);
  const drive = ['-i', `${disk}@@${place.start}`];
  const directories = directoriesOf(files).map((name) => `::/${name}`);
  await runTool('mmd', [...drive, ...directories], options);
  for (const [index, file] of files.entries()) {
    const source = sourceOf(request, file.content, `esp-${index}`);
    await runTool('mcopy', [...drive, source, `::/${file.path}`], options);
  }
}

/** The directories that files need, parents first. */
function directoriesOf(files: readonly EspFile[]): string[] {
  const directories = new Set<string>();
  for (const file of files) {
    const parts = file.path.split('/');
    for (let depth = 1; depth < parts.length; depth++)
      directories.add(parts.slice(0, depth).join('/'));
  }
  return [...directories].sort();
}

function sourceOf(
  { repository, directory }: EspRequest,
  content: Uint8Array | RegularFile,
  name: string,
): string {
  if (!(content instanceof Uint8Array) && content.inline === undefined) {
    if (content.digest !== undefined) return repository.file(objectFile(content.digest));
    throw new RootsealError('OBJECT_NOT_FOUND', 'a file for the ESP is empty');
  }
  const bytes = content instanceof Uint8Array ? content : (content.inline ?? Buffer.alloc(0));
  const file = path.join(directory, name);
  fs.writeFileSync(file, bytes);
  return file;
}
