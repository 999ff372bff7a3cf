/**
 * Writes contents and fs-verity metadata into the blocks that were reserved for them, straight from the repository into
 * the image, and compares every inode and name with the plan on the way.
 */
import { MerkleHasher } from '../formats/fsverity/merkle.js';
import { fileDigest } from '../formats/fsverity/descriptor.js';
import { verityMetadata } from '../formats/fsverity/ext4-metadata.js';
import { directoryEntries, type DirectoryEntry } from '../formats/ext4/directory-entries.js';
import type { Extent } from '../formats/ext4/extents.js';
import { EXT4_EXTENTS_FL, EXT4_VERITY_FL, type InodeFields } from '../formats/ext4/inode.js';
import type { RegularFile } from '../formats/tree/model.js';
import { S_IF } from '../linux/stat.js';
import { mismatchedObject } from '../repo/object-file.js';
import { toDisplay } from '../util/bytes.js';
import { RootsealError } from '../util/errors.js';
import type { Steps } from '../util/steps.js';
import type { Progress } from '../util/progress.js';
import { openContent } from './content.js';
import type { Ext4Image } from './ext4-image.js';
import { BLOCK_SIZE, FIRST_INODE } from './disk-layout.js';
import { ROOT_INODE, type PlannedInode, type VolumePlan } from './volume-plan.js';
import type { Volume } from './volume.js';

const CHUNK_SIZE = 1 << 20;
/** Inodes between two progress events. */
const PROGRESS_INTERVAL = 256;

/**
 * A step is an inode, or a chunk of a file.
 * @throws {RootsealError} OBJECT_CORRUPT when a content has another digest, FAILED when the file system is not as planned
 */
export function* fillVolume(
  image: Ext4Image,
  volume: Volume,
  plan: VolumePlan,
  progress: Progress,
): Steps<void> {
  const files = plan.inodes.map(({ inode }) => inode).filter(({ kind }) => kind === 'file');
  const total = (files as RegularFile[]).reduce((sum, { size }) => sum + size, 0);
  let before = 0;
  const filler = new Filler(image, volume, (written) => {
    progress({ task: 'fill', done: before + written, total, unit: 'bytes' });
  });
  for (const [index, planned] of plan.inodes.entries()) {
    const found = image.readInode(planned.ino);
    checkInode(found, planned);
    const { mtimeSec } = planned.inode;
    if (mtimeSec !== found.mtimeSec) image.setModificationTime(planned.ino, mtimeSec);
    if (planned.inode.kind === 'file') {
      yield* filler.fillFile(planned, planned.inode);
      before += planned.inode.size;
    }
    yield;
    if (index % PROGRESS_INTERVAL === 0)
      progress({ task: 'fill', done: before, total, unit: 'bytes' });
  }
  progress({ task: 'fill', done: total, total, unit: 'bytes' });
  checkNames(image, plan);
}

class Filler {
  private readonly image: Ext4Image;
  private readonly volume: Volume;
  private readonly chunk = Buffer.alloc(CHUNK_SIZE);

  /** Told how many bytes of a file are written, after each chunk. */
  private readonly onWritten: (bytes: number) => void;

  constructor(image: Ext4Image, volume: Volume, onWritten: (bytes: number) => void) {
    this.image = image;
    this.volume = volume;
    this.onWritten = onWritten;
  }

  *fillFile(planned: PlannedInode, file: RegularFile): Steps<void> {
    if (planned.data.length === 0 && planned.verity === undefined && file.size === 0) return;
    const extents = this.image.initializeExtents(planned.ino);
    checkExtents(extents, planned);
    const { algorithm } = this.volume;
    const hasher = new MerkleHasher(algorithm, { collectTree: planned.verity !== undefined });
    yield* this.writeContent(planned, file, { extents, hasher });
    const merkle = hasher.finish();
    if (file.digest !== undefined) {
      const found = fileDigest(algorithm, merkle);
      if (found !== file.digest) throw mismatchedObject(file.digest, found);
    }
    if (planned.verity === undefined) return;
    this.writeAt(extents, planned.verity.start, verityMetadata(algorithm, hasher, merkle));
  }

  private *writeContent(
    planned: PlannedInode,
    file: RegularFile,
    to: { readonly extents: readonly Extent[]; readonly hasher: MerkleHasher },
  ): Steps<void> {
    const content = openContent(this.volume, file);
    try {
      let position = 0;
      for (const { start, end } of planned.data) {
        to.hasher.updateZeros(start * BLOCK_SIZE - position);
        position = start * BLOCK_SIZE;
        while (position < Math.min(end * BLOCK_SIZE, file.size)) {
          const length = Math.min(CHUNK_SIZE, end * BLOCK_SIZE - position, file.size - position);
          const bytes = this.chunk.subarray(0, length);
          content.read(bytes, position);
          to.hasher.update(bytes);
          this.writeAt(to.extents, position / BLOCK_SIZE, bytes);
          position += length;
          this.onWritten(position);
          yield;
        }
      }
      to.hasher.updateZeros(file.size - position);
    } finally {
      content.close();
    }
  }

  /** Writes from a block of the file on. */
  private writeAt(extents: readonly Extent[], block: number, bytes: Buffer): void {
    let at = block;
    for (let done = 0; done < bytes.length;) {
      const extent = findExtent(extents, at);
      const inside = at - extent.logical;
      const length = Math.min((extent.length - inside) * BLOCK_SIZE, bytes.length - done);
      this.image.writeBlocks(extent.physical + inside, bytes.subarray(done, done + length));
      done += length;
      at += Math.ceil(length / BLOCK_SIZE);
    }
  }
}

/** Extents are in order of their logical blocks. */
function findExtent(extents: readonly Extent[], block: number): Extent {
  let low = 0;
  let high = extents.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((extents[middle]?.logical ?? 0) <= block) low = middle;
    else high = middle - 1;
  }
  const extent = extents[low];
  if (extent === undefined || block < extent.logical || block >= extent.logical + extent.length)
    throw notAsPlanned(`block ${block} of a file is missing`);
  return extent;
}

function checkExtents(extents: readonly Extent[], planned: PlannedInode): void {
  const wanted = [...planned.data, ...(planned.verity === undefined ? [] : [planned.verity])];
  const blocks = wanted.reduce((sum, { start, end }) => sum + end - start, 0);
  const found = extents.reduce((sum, { length }) => sum + length, 0);
  if (blocks === found) return;
  throw notAsPlanned(`${toDisplay(planned.path)} has ${found} blocks, not ${blocks}`);
}

function checkInode(found: InodeFields, { inode, path, verity }: PlannedInode): void {
  const isFile = inode.kind === 'file';
  const expected: Partial<InodeFields> = {
    mode: S_IF[inode.kind] | inode.mode,
    uid: inode.uid,
    gid: inode.gid,
    ...(inode.kind === 'directory' ? {} : { links: inode.nlink }),
    ...(isFile ? { size: inode.size } : {}),
    ...(isFile
      ? { flags: verity === undefined ? EXT4_EXTENTS_FL : EXT4_EXTENTS_FL | EXT4_VERITY_FL }
      : {}),
  };
  for (const [field, value] of Object.entries(expected)) {
    const is = found[field as keyof InodeFields];
    if (is !== value) throw notAsPlanned(`${field} of ${toDisplay(path)} is ${is}, not ${value}`);
  }
}

/** Every directory holds exactly the names that it was to get. */
function checkNames(image: Ext4Image, plan: VolumePlan): void {
  const wanted = new Map<string, number>([[`${ROOT_INODE}/lost+found`, FIRST_INODE]]);
  for (const { at, ino } of plan.inodes)
    if (at !== undefined) wanted.set(`${at.directory}/${at.name}`, ino);
  for (const { directory, name, ino } of plan.links) wanted.set(`${directory}/${name}`, ino);
  for (const { ino: directory, inode } of plan.inodes) {
    if (inode.kind !== 'directory') continue;
    for (const { name, ino } of namesIn(image, directory)) {
      if (wanted.get(`${directory}/${name}`) !== ino)
        throw notAsPlanned(`the name ${toDisplay(name)} was not planned`);
      wanted.delete(`${directory}/${name}`);
    }
  }
  for (const name of wanted.keys())
    throw notAsPlanned(`the name ${JSON.stringify(name)} is missing`);
}

function* namesIn(image: Ext4Image, directory: number): Generator<DirectoryEntry, void, undefined> {
  for (const { physical, length } of image.readExtents(directory)) {
    for (let block = physical; block < physical + length; block++) {
      for (const entry of directoryEntries(image.readBlock(block)))
        if (entry.name !== '.' && entry.name !== '..') yield entry;
    }
  }
}

function notAsPlanned(what: string): RootsealError {
  return new RootsealError('FAILED', `the file system is not as planned: ${what}`, {
    hint: 'this is a bug in rootseal, or a version of e2fsprogs that it does not know',
  });
}
