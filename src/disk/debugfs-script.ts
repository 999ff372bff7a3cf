/**
 * The debugfs commands that make a planned volume in an empty ext4 file system.
 *
 * Names are made in the directory where they belong, everything else is addressed by inode number, so that no name is
 * ever taken for something else. Blocks are only reserved here; `fill.ts` writes them.
 *
 * What a command file cannot hold (line ends in names) is done by requests of their own between two command files.
 */
import { EXT4_EXTENTS_FL, EXT4_VERITY_FL } from '../formats/ext4/inode.js';
import { directoryEntrySize } from '../formats/ext4/directory-entries.js';
import type { Inode } from '../formats/tree/model.js';
import { S_IF } from '../linux/stat.js';
import type { ByteString } from '../util/bytes.js';
import { isPlainCommand, quoteArgument } from './debugfs-command.js';
import type { BlockRun } from './disk-layout.js';
import {
  isLate,
  isOdd,
  ROOT_INODE,
  type PlannedInode,
  type PlannedName,
  type VolumePlan,
} from './volume-plan.js';

/** Name of an empty file in the directory where debugfs runs: what new files are copied from. */
export const EMPTY_FILE = 'empty';
/** Bytes of directory entries that an added block is counted on for. */
const EXPANSION_BYTES = 3800;

/** Commands in the order in which they must be run. */
export interface DebugfsScript {
  readonly first: readonly string[];
  /** Each by itself. */
  readonly requests: readonly string[];
  readonly last: readonly string[];
  /** Values of extended attributes by the name of the file that must hold each. */
  readonly values: ReadonlyMap<string, ByteString>;
}

/** Times are not among what it sets: debugfs takes the second before 1970 for a mistake. */
export function writeScript(plan: VolumePlan): DebugfsScript {
  const writer = new ScriptWriter();
  writer.makeInodes(plan);
  for (const planned of plan.inodes) writer.setAttributes(planned);
  // A link says of what type its inode is, so that must be right by now.
  writer.makeLinks(plan);
  writer.reserveBlocks(plan);
  writer.renameOdd();
  return writer.script();
}

class ScriptWriter {
  private readonly first: string[] = [];
  private readonly requests: string[] = [];
  private readonly last: string[] = [];
  /** File names by value. */
  private readonly values = new Map<ByteString, string>();
  /** Inodes that were made under another name. */
  private readonly odd: { planned: PlannedInode; at: PlannedName; temporary: PlannedName }[] = [];

  makeInodes(plan: VolumePlan): void {
    const taken = new Map<number, ReadonlySet<string>>();
    let current = ROOT_INODE;
    for (const planned of plan.inodes) {
      const { at, inode } = planned;
      if (inode.kind === 'directory')
        taken.set(planned.ino, inode.children as unknown as ReadonlySet<string>);
      if (at === undefined) continue;
      const isTemporary = isOdd(at.name, inode);
      const directory = isLate(inode) ? ROOT_INODE : at.directory;
      const name = isTemporary
        ? freeName(planned.ino, (candidate) => taken.get(directory)?.has(candidate) === true)
        : at.name;
      if (isTemporary) this.odd.push({ planned, at, temporary: { directory, name } });
      if (isLate(inode)) {
        this.requests.push(creation(inode, name));
        continue;
      }
      if (directory !== current) this.first.push(`cd <${directory}>`);
      current = directory;
      this.first.push(creation(inode, name));
    }
  }

  makeLinks({ links }: VolumePlan): void {
    const bytes = new Map<number, number>();
    for (const { directory, name } of links)
      bytes.set(directory, (bytes.get(directory) ?? 0) + directoryEntrySize(name.length));
    // debugfs makes no room for a link by itself.
    for (const [directory, length] of bytes) this.expand(directory, length);
    for (const link of links) this.commandFor(link.inode, linkCommand(link.ino, link));
  }

  setAttributes({ ino, inode }: PlannedInode): void {
    const set = (field: string, value: string | number) => {
      this.commandFor(inode, `sif <${ino}> ${field} ${value}`);
    };
    set('mode', `0${(S_IF[inode.kind] | inode.mode).toString(8)}`);
    if (inode.uid !== 0) set('uid', inode.uid);
    if (inode.gid !== 0) set('gid', inode.gid);
    // `i_block[1]` holds the numbers in the form that `rdev` has (Linux 6.12 fs/ext4/inode.c: ext4_do_update_inode).
    if ('rdev' in inode && deviceNumbers(inode.rdev).minor > MINOR_MAX) set('block[1]', inode.rdev);
    if (inode.kind !== 'directory' && inode.nlink !== 1) set('links_count', inode.nlink);
    for (const [name, value] of [...inode.xattrs].sort(([a], [b]) => (a < b ? -1 : 1)))
      this.commandFor(inode, `ea_set -f ${this.valueFile(value)} <${ino}> ${quoteArgument(name)}`);
  }

  /** Contents come first, so that each lies in one piece; the metadata of all files follows them. */
  reserveBlocks({ inodes }: VolumePlan): void {
    const reserve = (ino: number, { start, end }: BlockRun) =>
      this.first.push(`fallocate <${ino}> ${start} ${end - 1}`);
    for (const { ino, data } of inodes) for (const run of data) reserve(ino, run);
    for (const { ino, verity } of inodes) if (verity !== undefined) reserve(ino, verity);
    for (const { ino, inode, verity } of inodes) {
      if (inode.kind !== 'file') continue;
      if (inode.size > 0) this.first.push(`sif <${ino}> size ${inode.size}`);
      if (verity === undefined) continue;
      this.first.push(`sif <${ino}> flags 0x${(EXT4_EXTENTS_FL | EXT4_VERITY_FL).toString(16)}`);
    }
  }

  /** Gives inodes their own names instead of the temporary ones. */
  renameOdd(): void {
    for (const { planned, at, temporary } of this.odd) {
      this.expandForOne(at);
      // In a request of its own even where it need not be: the type in the entry is that of the finished inode.
      this.requests.push(linkCommand(planned.ino, at));
      this.last.push(`unlink "<${temporary.directory}>/${temporary.name}"`);
    }
  }

  script(): DebugfsScript {
    const values = new Map([...this.values].map(([value, file]) => [file, value]));
    return { first: this.first, requests: this.requests, last: this.last, values };
  }

  private expandForOne({ directory }: PlannedName): void {
    this.requests.push(`expand_dir <${directory}>`);
  }

  private expand(directory: number, bytes: number): void {
    const blocks = 1 + Math.ceil(bytes / EXPANSION_BYTES);
    for (let block = 0; block < blocks; block++) this.first.push(`expand_dir <${directory}>`);
  }

  private command(command: string): void {
    (isPlainCommand(command) ? this.first : this.requests).push(command);
  }

  /** A command about an inode; it must come when there is one. */
  private commandFor(inode: Inode, command: string): void {
    if (isLate(inode)) this.requests.push(command);
    else this.command(command);
  }

  private valueFile(value: ByteString): string {
    const known = this.values.get(value);
    if (known !== undefined) return known;
    const file = `value-${this.values.size}`;
    this.values.set(value, file);
    return file;
  }
}

/** A name that nothing in the directory has. */
function freeName(ino: number, isTaken: (name: string) => boolean): ByteString {
  let name = `rootseal-${ino}`;
  while (isTaken(name)) name += '-';
  return name as ByteString;
}

function linkCommand(ino: number, { directory, name }: PlannedName): string {
  return `ln <${ino}> ${quoteArgument(`<${directory}>/${name}`)}`;
}

/** The largest that debugfs takes. */
const MINOR_MAX = 65535;

function deviceNumbers(rdev: number): { readonly major: number; readonly minor: number } {
  return { major: (rdev >>> 8) & 0xfff, minor: (rdev & 0xff) | ((rdev >>> 12) & 0xfff00) };
}

function creation(inode: Inode, name: ByteString): string {
  const quoted = quoteArgument(name);
  switch (inode.kind) {
    case 'directory':
      return `mkdir ${quoted}`;
    case 'file':
      return `write ${EMPTY_FILE} ${quoted}`;
    case 'symlink':
      return `symlink ${quoted} ${quoteArgument(inode.target)}`;
    case 'char':
    case 'block': {
      const { major, minor } = deviceNumbers(inode.rdev);
      const known = minor <= MINOR_MAX ? `${major} ${minor}` : '0 0';
      return `mknod ${quoted} ${inode.kind === 'char' ? 'c' : 'b'} ${known}`;
    }
    case 'fifo':
    case 'socket':
      return `mknod ${quoted} p`;
  }
}
