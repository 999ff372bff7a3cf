/** A block device, as the kernel describes it in sysfs (Linux Documentation/ABI/stable/sysfs-block). */
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { runTool } from '../../disk/tools.js';
import { hasErrno, RootsealError } from '../../util/errors.js';
import { listMounts } from '../host/mount-points.js';

/** Sysfs counts in these whatever the device has. */
const SYSFS_SECTOR = 512;
/** How long a new partition may take to appear, in milliseconds, and how often to look. */
const APPEARS_MS = 10_000;
const POLL_MS = 50;

export class BlockDevice {
  /** As it was named. */
  readonly path: string;
  /** Directory in sysfs. */
  private readonly directory: string;

  private constructor(device: string, directory: string) {
    this.path = device;
    this.directory = directory;
  }

  /** Undefined when it is not the path of a block device. */
  static at(device: string): BlockDevice | undefined {
    const stat = fs.statSync(device, { throwIfNoEntry: false });
    if (stat?.isBlockDevice() !== true) return undefined;
    return new BlockDevice(device, fs.realpathSync(`/sys/dev/block/${numberOf(stat.rdev)}`));
  }

  /** The kernel's name: `sda`, `nvme0n1`. */
  get name(): string {
    return path.basename(this.directory);
  }

  /** Bytes. */
  get size(): number {
    return Number(this.read('size')) * SYSFS_SECTOR;
  }

  /** Logical sectors, in bytes. */
  get sectorSize(): number {
    return Number(this.read('queue/logical_block_size'));
  }

  /** Whether partitions can be on it. */
  get isDisk(): boolean {
    return !this.has('partition') && !this.has('dm');
  }

  /**
   * What it lies on alone, down to the last: of an encrypted one its partition. Itself when it lies on nothing, or on several devices
   * (Linux Documentation/ABI/stable/sysfs-block, `slaves`).
   */
  underlying(): BlockDevice {
    const [name, ...others] = this.has('slaves') ? fs.readdirSync(`${this.directory}/slaves`) : [];
    if (name === undefined || others.length > 0) return this;
    return BlockDevice.at(`/dev/${name.replaceAll('!', '/')}`)?.underlying() ?? this;
  }

  /** UUID of what the device mapper has there, as `CRYPT-LUKS2-…-name`; undefined for any other device. */
  get mapperUuid(): string | undefined {
    return this.has('dm/uuid') ? this.read('dm/uuid') : undefined;
  }

  /** Waits until it is gone. @throws {RootsealError} FAILED when it stays */
  async gone(): Promise<void> {
    const end = Date.now() + APPEARS_MS;
    while (fs.existsSync(this.directory)) {
      if (Date.now() >= end) throw new RootsealError('FAILED', `${this.path} does not go away`);
      await delay(POLL_MS);
    }
  }

  /** Names of its partitions. */
  private partitionNames(): string[] {
    return fs.readdirSync(this.directory).filter((name) => this.has(`${name}/partition`));
  }

  /** UUID of the partition that it is; undefined when it is none of a GPT. */
  partitionUuid(): Promise<string | undefined> {
    return this.uuidIn('PART_ENTRY_UUID');
  }

  /** UUID of that partition's type, in small letters. */
  partitionType(): Promise<string | undefined> {
    return this.uuidIn('PART_ENTRY_TYPE');
  }

  /** @param tag of blkid */
  private async uuidIn(tag: string): Promise<string | undefined> {
    const options = ['--probe', '--match-tag', tag, '--output', 'value'];
    // Status 2: nothing was found.
    const { stdout } = await runTool('blkid', [...options, this.path], { okStatuses: [0, 2] });
    const uuid = stdout.toString('latin1').trim();
    return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid) ? uuid : undefined;
  }

  /** What is on it: types of file systems and partition tables. */
  async signatures(): Promise<string[]> {
    const { stdout } = await runTool('wipefs', ['--noheadings', '--output', 'TYPE', this.path]);
    return stdout.toString('latin1').split('\n').filter(Boolean);
  }

  /** @throws {RootsealError} USAGE when it, or a partition on it, is mounted or used in any other way */
  requireUnused(): void {
    const own = new Set([this.name, ...this.partitionNames()]);
    for (const { source, point } of listMounts()) {
      const used = source.startsWith('/') ? BlockDevice.at(source) : undefined;
      if (used !== undefined && own.has(used.name))
        throw new RootsealError(
          'USAGE',
          `${this.path} is in use: ${source} is mounted at ${point}`,
        );
    }
    try {
      // Without O_CREAT: whether anything in the kernel, or in another mount namespace, holds it or a partition of it.
      fs.closeSync(fs.openSync(this.path, fs.constants.O_RDWR | fs.constants.O_EXCL));
    } catch (error) {
      if (!hasErrno(error, 'EBUSY')) throw error;
      throw new RootsealError('USAGE', `${this.path} is in use: the kernel keeps it busy`, {
        hint: 'it, or a partition on it, is mounted, used for swap, or part of a RAID, LVM or encrypted device',
      });
    }
  }

  /**
   * A partition that was made just now; waits until it is there.
   * @throws {RootsealError} FAILED when it does not appear
   */
  async partition(number: number): Promise<BlockDevice> {
    const name = `${this.name}${/\d$/.test(this.name) ? 'p' : ''}${number}`;
    const end = Date.now() + APPEARS_MS;
    while (Date.now() < end) {
      const found = BlockDevice.at(`/dev/${name}`);
      if (found?.name === name && this.has(name)) return found;
      await delay(POLL_MS);
    }
    throw new RootsealError('FAILED', `partition /dev/${name} does not appear`);
  }

  private has(relative: string): boolean {
    return fs.existsSync(`${this.directory}/${relative}`);
  }

  private read(relative: string): string {
    return fs.readFileSync(`${this.directory}/${relative}`, 'latin1').trim();
  }
}

/** `major:minor`; how C libraries put both into one number (gnu_dev_makedev). */
function numberOf(rdev: number): string {
  const number = BigInt(rdev);
  const major = ((number >> 8n) & 0xfffn) | ((number >> 32n) & 0xfffff000n);
  const minor = (number & 0xffn) | ((number >> 12n) & 0xffffff00n);
  return `${major}:${minor}`;
}
