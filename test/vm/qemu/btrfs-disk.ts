/**
 * The disk of a sealed image once more, with its root on btrfs. It is made and changed in User Mode Linux, whose kernel has
 * fs-verity: on btrfs it cannot be prepared without.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { scratchDirectory } from '../../helpers/scratch.js';
import { runInUml } from '../uml/bench.js';
import { guestNode } from '../uml/guest-node.js';
import { DiskEdit, ROOT_TYPE } from './disk-edit.js';
import { run } from './programs.js';
import type { SealedImage } from './sealed.js';

const BLOCK_SIZE = 4096;
const SIZE = 320 * 2 ** 20;

/** Another file in the place of one. */
export interface Replacement {
  /** From the physical root: `/composefs/…`. */
  readonly path: string;
  /** A file of the host, which is copied. */
  readonly by: string;
  readonly verity: boolean;
}

export class BtrfsDisk {
  readonly file: string;
  private readonly test: TestContext;
  private readonly exchange: string;

  private constructor(t: TestContext) {
    const scratch = scratchDirectory(t, '/var/tmp');
    this.test = t;
    this.file = join(scratch, 'btrfs.img');
    this.exchange = join(scratch, 'exchange');
    fs.mkdirSync(this.exchange);
  }

  /**
   * Copies the root partition of a built disk to the only partition of a new one, enables fs-verity on all objects, and then
   * changes it.
   */
  static async make(t: TestContext, image: SealedImage, replace?: Replacement): Promise<BtrfsDisk> {
    const made = new BtrfsDisk(t);
    if (replace !== undefined) fs.copyFileSync(replace.by, join(made.exchange, 'by'));
    const physical = join(made.exchange, 'physical');
    fs.mkdirSync(physical);
    const built = DiskEdit.copy(image.disk, scratchDirectory(t, '/var/tmp'));
    built.copyOut('/', physical);
    fs.writeFileSync(made.file, '');
    fs.truncateSync(made.file, SIZE);
    run('sfdisk', ['--quiet', made.file], `label: gpt\ntype=${ROOT_TYPE}\n`);
    await made.inside(script(made.exchange, replace));
    return made;
  }

  /** Inverts all bits of one byte of the only place on the disk that holds this block. */
  flip(block: Uint8Array): void {
    assert.equal(block.length, BLOCK_SIZE);
    const content = fs.readFileSync(this.file);
    const at = content.indexOf(block);
    assert.ok(at > 0 && at % BLOCK_SIZE === 0, 'the block is on the disk');
    assert.equal(content.indexOf(block, at + 1), -1, 'it is there once');
    const fd = fs.openSync(this.file, 'r+');
    try {
      fs.writeSync(fd, Buffer.from([~content.readUInt8(at) & 0xff]), 0, 1, at);
    } finally {
      fs.closeSync(fd);
    }
  }

  private async inside(command: string): Promise<void> {
    const { exchange, file } = this;
    const { status, console } = await runInUml(this.test, { command, disks: [file], exchange });
    assert.equal(status, 0, console);
  }
}

/**
 * btrfs has checksums of its own. Whoever changes a disk would set them right, so a byte flipped here must not be noticed by them:
 * the files have none (nodatasum), and what notices is fs-verity.
 */
function script(exchange: string, replace?: Replacement): string {
  const { node, program } = guestNode(exchange);
  const change =
    replace === undefined
      ? []
      : [
          `rm .${replace.path}`,
          `cp /mnt/exchange/by .${replace.path}`,
          ...(replace.verity ? [`enable .${replace.path}`] : []),
        ];
  return `set -e
mkfs.btrfs -q /dev/ubda1
mkdir /mnt/disk
mount -t btrfs -o nodatasum /dev/ubda1 /mnt/disk
cp -a /mnt/exchange/physical/. /mnt/disk
enable() { ${node} ${program} --quiet verity enable "$@"; }
cd /mnt/disk
enable $(find composefs/objects -type f)
${change.join('\n')}
cd /
umount /mnt/disk
`;
}
