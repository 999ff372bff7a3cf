/** Changes a disk image offline, as somebody would who has the disk in their hands: debugfs on its root partition. */
import fs from 'node:fs';
import { join } from 'node:path';
import { EXT4_EXTENTS_FL, EXT4_VERITY_FL } from '../../../src/formats/ext4/inode.js';
import { verityMetadata, verityPlace } from '../../../src/formats/fsverity/ext4-metadata.js';
import { MerkleHasher } from '../../../src/formats/fsverity/merkle.js';
import { run } from './programs.js';

const BLOCK_SIZE = 4096;

export class DiskEdit {
  readonly file: string;
  private readonly scratch: string;
  private readonly rootAt: number;
  private readonly espAt: number;

  private constructor(file: string, scratch: string) {
    this.file = file;
    this.scratch = scratch;
    this.rootAt = findPartition(file, ROOT_TYPE);
    this.espAt = findPartition(file, ESP_TYPE);
  }

  /** A copy of `disk` in `scratch`. */
  static copy(disk: string, scratch: string): DiskEdit {
    const file = join(scratch, 'disk.img');
    run('cp', ['--reflink=auto', '--sparse=always', disk, file]);
    return new DiskEdit(file, scratch);
  }

  /** A disk itself, of a machine that is off. What takes a file is put into `scratch`. */
  static inPlace(file: string, scratch: string): DiskEdit {
    return new DiskEdit(file, scratch);
  }

  /** Makes or replaces a file of the EFI system partition. */
  writeToEsp(path: string, content: string | Uint8Array): void {
    const source = join(this.scratch, 'content');
    fs.writeFileSync(source, content);
    run('mcopy', ['-o', '-i', `${this.file}@@${this.espAt}`, source, `::${path}`]);
  }

  /** Makes a directory of the EFI system partition, whose parent is there. */
  makeDirectoryOnEsp(path: string): void {
    run('mmd', ['-i', `${this.file}@@${this.espAt}`, `::${path}`]);
  }

  removeFromEsp(path: string): void {
    run('mdel', ['-i', `${this.file}@@${this.espAt}`, `::${path}`]);
  }

  /** Names in a directory of the EFI system partition. */
  listEsp(path: string): string[] {
    const listing = run('mdir', ['-b', '-i', `${this.file}@@${this.espAt}`, `::${path}`]);
    return listing
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.slice(line.lastIndexOf('/') + 1));
  }

  readEsp(path: string): string {
    return run('mtype', ['-i', `${this.file}@@${this.espAt}`, `::${path}`]);
  }

  remove(path: string): void {
    this.debugfs(`rm ${path}`);
  }

  /** Makes or replaces a file; it has no fs-verity. */
  write(path: string, content: string | Uint8Array): void {
    const source = join(this.scratch, 'content');
    fs.writeFileSync(source, content);
    // There may be no such file.
    this.debugfs(`rm ${path}`, { mayFail: true });
    this.debugfs(`write ${source} ${path}`);
  }

  /** Makes or replaces a file that has fs-verity: as right as the kernel could have made it. */
  writeWithVerity(path: string, content: Uint8Array): void {
    const hasher = new MerkleHasher('sha256', { collectTree: true });
    hasher.update(content);
    const metadata = verityMetadata('sha256', hasher, hasher.finish());
    const gap = Buffer.alloc(verityPlace('sha256', content.length).offset - content.length);
    this.write(path, Buffer.concat([content, gap, metadata]));
    this.debugfs(`sif ${path} size ${content.length}`);
    const flags = (EXT4_EXTENTS_FL | EXT4_VERITY_FL).toString(16);
    this.debugfs(`sif ${path} flags 0x${flags}`);
  }

  makeDirectory(path: string): void {
    this.debugfs(`mkdir ${path}`);
  }

  symlink(path: string, target: string): void {
    this.debugfs(`symlink ${path} ${target}`);
  }

  rename(from: string, to: string): void {
    this.debugfs(`ln ${from} ${to}`);
    this.debugfs(`unlink ${from}`);
  }

  /** What `path` holds, without what fs-verity keeps behind it. */
  read(path: string): Buffer {
    const target = join(this.scratch, 'dumped');
    this.debugfs(`dump ${path} ${target}`);
    return fs.readFileSync(target);
  }

  /** Copies a directory with all that is in it, owners and modes too, into one of the host. */
  copyOut(path: string, directory: string): void {
    this.debugfs(`rdump ${path} ${directory}`);
  }

  /** Takes fs-verity off a file and leaves all else as it is. */
  clearVerity(path: string): void {
    this.debugfs(`sif ${path} flags 0x${EXT4_EXTENTS_FL.toString(16)}`);
  }

  /** Inverts all bits of one byte of a file's content. */
  flip(path: string, offset: number): void {
    const answer = this.debugfs(`bmap ${path} ${Math.floor(offset / BLOCK_SIZE)}`);
    const block = Number(answer.trim().split('\n').at(-1));
    if (!(block > 0)) throw new Error(`${path} has no block at ${offset}: ${answer}`);
    const at = this.rootAt + block * BLOCK_SIZE + (offset % BLOCK_SIZE);
    const fd = fs.openSync(this.file, 'r+');
    try {
      const byte = Buffer.alloc(1);
      fs.readSync(fd, byte, 0, 1, at);
      byte.writeUInt8(~byte.readUInt8() & 0xff);
      fs.writeSync(fd, byte, 0, 1, at);
    } finally {
      fs.closeSync(fd);
    }
  }

  private debugfs(command: string, { mayFail = false } = {}): string {
    const device = `${this.file}?offset=${this.rootAt}`;
    // debugfs exits with 0 whatever happens; what it complains about goes to its standard error.
    const script = join(this.scratch, 'debugfs.log');
    const output = run('sh', [
      '-c',
      'exec debugfs -w -R "$1" "$2" 2>"$3"',
      'sh',
      command,
      device,
      script,
    ]);
    const complaints = fs
      .readFileSync(script, 'utf8')
      .split('\n')
      .filter(
        (line) => line !== '' && !/^debugfs \d/.test(line) && !line.startsWith('Allocated inode'),
      );
    if (complaints.length > 0 && !mayFail)
      throw new Error(`debugfs ${command}: ${complaints.join('; ')}`);
    return output;
  }
}

interface Table {
  readonly partitiontable: {
    readonly sectorsize: number;
    readonly partitions: readonly { readonly start: number; readonly type: string }[];
  };
}

/** Discoverable Partitions Specification: the root of x86-64, and the EFI system partition. */
export const ROOT_TYPE = '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709';
const ESP_TYPE = 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B';

/** Offset in bytes. */
function findPartition(disk: string, wanted: string): number {
  const { partitiontable } = JSON.parse(run('sfdisk', ['--json', disk])) as Table;
  const found = partitiontable.partitions.find(({ type }) => type === wanted);
  if (found === undefined) throw new Error(`${disk} has no partition of type ${wanted}`);
  return found.start * partitiontable.sectorsize;
}
